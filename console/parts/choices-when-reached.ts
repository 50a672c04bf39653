import { useState } from 'react'

/**
 * For fields with choices: has these drawn from the moment that one of the fields is reached, and not before. Mantine draws them at once,
 * unseen, since its keys need them there when they open.
 */
export function useChoicesWhenReached() {
  const [isReached, setReached] = useState(false)
  return { onFocus: () => setReached(true), comboboxProps: { keepMounted: isReached } }
}
