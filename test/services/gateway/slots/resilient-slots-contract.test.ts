import assert from 'node:assert/strict'
import { createInProcessSlots } from '../../../../services/gateway/slots/in-process-slots.ts'
import { createResilientSlots } from '../../../../services/gateway/slots/resilient-slots.ts'
import { slotsContract, type CreateSlots } from '../../../support/slots-contract.ts'
import { createSwitchedSlots } from '../../../support/switched-slots.ts'
import { createVirtualClock } from '../../../support/virtual-clock.ts'

const startIn =
  (state: 'shared' | 'local'): CreateSlots =>
  async (t, options) => {
    const clock = createVirtualClock()
    const shared = createSwitchedSlots({ clock, ...options })
    if (state === 'local') shared.goAway()
    const local = createInProcessSlots({ clock, ...options })
    const slots = createResilientSlots({ shared, local, clock, leaseTtlMs: options.leaseTtlMs })
    t.after(() => slots.close())
    await clock.advance(0)
    assert.equal(slots.state(), state)
    return { slots, clock }
  }

slotsContract('resilient slots while the shared ones answer', startIn('shared'))
slotsContract('resilient slots while the shared ones are away', startIn('local'))
