import { useRouter } from '@tanstack/react-router'
import type { MouseEvent, ReactNode } from 'react'
import { BASE_PATH } from '../api/client.ts'

interface CellLinkProps {
  /** Below the page's own path, such as `requests/abc?live=true`. */
  path: string
  /** In the colour of the text around it. */
  isPlain?: boolean
  children: ReactNode
}

/** A link to a page of this console, of which a table has hundreds: the router's own asks the router for each where it leads. */
export function CellLink({ path, isPlain = false, children }: CellLinkProps) {
  const router = useRouter()
  const href = `${BASE_PATH}${path}`
  function go(event: MouseEvent) {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
    event.preventDefault()
    router.history.push(href)
  }
  return (
    <a href={href} className={isPlain ? 'link plain' : 'link'} onClick={go}>
      {children}
    </a>
  )
}
