import { createTheme, Modal, Notification } from '@mantine/core'

export const theme = createTheme({
  // Otherwise Mantine moves things for people, too, whose system asks for stillness.
  respectReducedMotion: true,
  primaryColor: 'cyan',
  // Dark enough for white text on it: WCAG AA.
  primaryShade: { light: 9, dark: 9 },
  defaultRadius: 'sm',
  autoContrast: true,
  // From there on black text has more contrast than white.
  luminanceThreshold: 0.179,
  components: {
    Notification: Notification.extend({ defaultProps: { closeButtonProps: { 'aria-label': 'Close' } } }),
    Modal: Modal.extend({
      defaultProps: { closeButtonProps: { 'aria-label': 'Close' } },
      styles: { title: { overflowWrap: 'anywhere' } }
    })
  },
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, sans-serif',
  headings: { fontWeight: '600', sizes: { h1: { fontSize: '1.4rem' }, h2: { fontSize: '1.1rem' }, h3: { fontSize: '1rem' } } }
})
