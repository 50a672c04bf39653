import { Anchor, Button, type AnchorProps, type ButtonProps } from '@mantine/core'
import { createLink } from '@tanstack/react-router'
import type { ReactNode, Ref } from 'react'

type WithRef = { ref?: Ref<HTMLAnchorElement>; children?: ReactNode }

/** A link to a page of this console. */
export const PageLink = createLink((props: AnchorProps & WithRef) => <Anchor size="sm" underline="always" {...props} />)

/** The same, as a button. */
export const LinkButton = createLink((props: ButtonProps & WithRef) => <Button component="a" {...props} />)
