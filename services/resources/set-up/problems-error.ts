import { NamedError } from '../../platform/named-error.ts'

/** All problems of something, one line each. */
export abstract class ProblemsError extends NamedError {
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(problems.join('\n'))
    this.problems = problems
  }
}
