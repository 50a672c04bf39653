import { Button } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { api } from '../../api/client.ts'
import { Problem } from '../../parts/problem.tsx'

/** Has the server verify the books. It changes nothing in them, so nothing is asked before. */
export function VerifyNow({ isRunning }: { isRunning: boolean }) {
  const queries = useQueryClient()
  const verify = useMutation({
    mutationFn: () => api.POST('/admin/v1/verifications'),
    async onSuccess() {
      notifications.show({ message: 'The books are being verified' })
      await queries.invalidateQueries()
    }
  })
  return (
    <div>
      <Button onClick={() => verify.mutate()} loading={verify.isPending || isRunning} size="compact-md">
        Verify now
      </Button>
      <Problem error={verify.error} />
    </div>
  )
}
