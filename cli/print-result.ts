/** As JSON, whole, or as text. */
export function printResult<T>(value: T, asJson: boolean, printText: (value: T) => void): void {
  if (asJson) console.log(JSON.stringify(value, null, 2))
  else printText(value)
}
