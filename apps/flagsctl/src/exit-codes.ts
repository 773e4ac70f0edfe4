// What a run ends with. Scripts rely on these numbers: none of them ever changes its meaning.

export const exitCodes = {
  ok: { code: 0, meaning: 'Done.' },
  failure: { code: 1, meaning: 'Something else went wrong.' },
  usage: {
    code: 2,
    meaning: 'The command line, a file or the configuration is not right; nothing was sent.',
  },
  notFound: { code: 3, meaning: 'There is no such document, environment, key or revision.' },
  conflict: { code: 4, meaning: 'It exists already, or somebody else changed it meanwhile.' },
  denied: { code: 5, meaning: 'The key is unknown or ended, or lacks the role.' },
  unavailable: { code: 6, meaning: 'The server did not answer; what is safe to repeat was repeated.' },
  invalid: { code: 7, meaning: 'The server refused the contents; every finding is printed with its field.' },
  different: {
    code: 8,
    meaning: 'What was to be checked is not as it should be (`--check`, `--exit-code`).',
  },
  blocked: { code: 9, meaning: 'Faults of the data block a decision about the experiment (`--exit-code`).' },
  rollBack: { code: 10, meaning: 'The experiment is to be rolled back (`--exit-code`).' },
  rolledBack: { code: 11, meaning: 'The rollout that was waited for was rolled back or aborted.' },
  waiting: { code: 12, meaning: 'The time to wait is over, and the rollout goes on.' },
  approval: { code: 13, meaning: 'The change needs approvals: propose it with `flagsctl change propose`.' },
} as const;

export type ExitName = keyof typeof exitCodes;

/** An expected end of a run: a message for people and an exit code. */
export class CliError extends Error {
  readonly exit: ExitName;
  /** Each on a line of its own. */
  readonly findings: readonly string[];

  constructor(
    message: string,
    exit: ExitName = 'usage',
    options: ErrorOptions & { readonly findings?: readonly string[] } = {},
  ) {
    super(message, options);
    this.findings = options.findings ?? [];
    this.name = 'CliError';
    this.exit = exit;
  }
}
