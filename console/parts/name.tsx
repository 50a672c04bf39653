/** A name that somebody chose: of any length, in any script. It leaves the text around it as it is, and is whole on hover. */
export function Name({ of, width = 260 }: { of: string; width?: number | string }) {
  return (
    // No component of its own: tables have hundreds of names.
    <span className="name" dir="auto" title={of} style={{ maxWidth: width }}>
      {of}
    </span>
  )
}
