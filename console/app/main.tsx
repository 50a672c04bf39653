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
import { createQueries } from '../api/queries.ts'
import { reloadOnce } from './new-version.ts'
import { createAppRouter } from './router.tsx'
import { doubtSession } from './session.ts'
import { theme } from './theme.ts'

const nonce = document.querySelector<HTMLMetaElement>('meta[name="style-nonce"]')?.content ?? ''
setNonce(nonce)

// Another version was put in place under the open page: the files that it names are gone.
window.addEventListener('vite:preloadError', (event) => {
  if (reloadOnce(window.sessionStorage, Date.now())) {
    event.preventDefault()
    window.location.reload()
  }
})

const queries = createQueries(() => doubtSession(queries))
const router = createAppRouter(queries)

createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <MantineProvider theme={theme} defaultColorScheme="auto" getStyleNonce={() => nonce}>
      <QueryClientProvider client={queries}>
        <Notifications position="bottom-right" />
        <RouterProvider router={router} />
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>
)
