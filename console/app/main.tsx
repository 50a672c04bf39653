import '@mantine/core/styles.css'
import '@mantine/notifications/styles.css'
import '@mantine/spotlight/styles.css'
import './app.css'
import { MantineProvider } from '@mantine/core'
import { Notifications } from '@mantine/notifications'
import { QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { setNonce } from 'get-nonce'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { ApiError } from '../api/client.ts'
import { createQueries } from '../api/queries.ts'
import { createAppRouter, hurry } from './router.tsx'
import { doubtSession } from './session.ts'
import { theme } from './theme.ts'

const nonce = document.querySelector<HTMLMetaElement>('meta[name="style-nonce"]')?.content ?? ''
setNonce(nonce)

const queries = createQueries(() => doubtSession(queries))
const router = createAppRouter(queries)
hurry(router, queries)

createRoot(document.getElementById('root')!, {
  onCaughtError(error, { componentStack }) {
    // What the API refuses is shown on the page; it is no fault of the page's.
    if (!(error instanceof ApiError)) console.error(error, componentStack)
  }
}).render(
  <StrictMode>
    <MantineProvider theme={theme} defaultColorScheme="auto" getStyleNonce={() => nonce}>
      <QueryClientProvider client={queries}>
        <Notifications position="bottom-right" />
        <RouterProvider router={router} />
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>
)
