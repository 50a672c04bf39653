import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { signedIn } from '../../app/parents.tsx'
import { DEVICE_PATH, readCode } from './code.ts'

export const deviceRoute = createRoute({
  getParentRoute: () => signedIn,
  path: DEVICE_PATH,
  validateSearch: readCode,
  component: lazyRouteComponent(() => import('./device.tsx'), 'Device')
})
