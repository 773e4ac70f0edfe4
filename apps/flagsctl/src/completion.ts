// Completion scripts for shells, made of the commands themselves: every subcommand and option, nothing of the server.
import type { Command } from 'commander';

export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

interface Entry {
  /** The words that lead to the command, `flag set`. */
  readonly path: string;
  readonly words: readonly string[];
}

/** The script for a shell. */
export function completionScript(program: Command, shell: Shell): string {
  const entries = entriesOf(program, '', optionsOf(program));
  return shell === 'fish' ? fishScript(entries) : bashScript(entries, shell);
}

const optionsOf = (command: Command): readonly string[] =>
  command.options.flatMap(({ long }) => (long === undefined || long === null ? [] : [long]));

function entriesOf(command: Command, path: string, common: readonly string[]): readonly Entry[] {
  const own = path === '' ? [] : optionsOf(command);
  const words = [...command.commands.map((each) => each.name()), ...own, ...common, '--help'];
  return [
    { path, words },
    ...command.commands.flatMap((each) => entriesOf(each, `${path} ${each.name()}`.trim(), common)),
  ];
}

/** The longest path that the words so far begin with decides. zsh runs bash's completions. */
const bashScript = (entries: readonly Entry[], shell: Shell): string => `# flagsctl completion for ${shell}
${shell === 'zsh' ? 'autoload -U +X bashcompinit && bashcompinit\n' : ''}_flagsctl() {
  local path="" word
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "\${path:+$path }$word" in
${entries
  .filter(({ path }) => path !== '')
  .map(({ path }) => `      "${path}") path="${path}" ;;`)
  .join('\n')}
    esac
  done
  local words=""
  case "$path" in
${entries.map(({ path, words }) => `    "${path}") words="${words.join(' ')}" ;;`).join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _flagsctl flagsctl
`;

const fishScript = (entries: readonly Entry[]): string => `# flagsctl completion for fish
function __flagsctl_path
  set -l path ""
  for word in (commandline -opc)[2..-1]
    switch (string trim "$path $word")
${entries
  .filter(({ path }) => path !== '')
  .map(({ path }) => `      case "${path}"\n        set path "${path}"`)
  .join('\n')}
    end
  end
  echo $path
end
${entries
  .map(
    ({ path, words }) =>
      `complete -c flagsctl -f -n 'test (__flagsctl_path) = "${path}"' -a '${words.join(' ')}'`,
  )
  .join('\n')}
`;
