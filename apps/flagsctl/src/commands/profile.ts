// flagsctl profile: addresses and keys by name, in a file that only its owner can read. Shows keys only by their ids.
import type { Command } from 'commander';
import { CliError } from '../exit-codes.ts';
import type { Io } from '../io.ts';
import { table } from '../output/printable.ts';
import { profilePath, readProfiles, writeProfiles, type Profile } from '../profiles.ts';
import { act, type Session } from '../session.ts';
import type { GlobalOptions } from '../settings.ts';

export function addProfileCommands(program: Command, io: Io): void {
  const profile = program.command('profile').description('addresses and keys by name');
  profile
    .command('set <name>')
    .description(
      'keep --url, --env and --author, and the key, under a name; the first one is used from then on',
    )
    .option('--key-stdin', 'read the key from stdin (or give FLAGSCTL_KEY)')
    .action(act<GlobalOptions & { keyStdin?: boolean }>(io, setProfile));
  profile
    .command('list')
    .description('names, and which one is used')
    .action(
      act(io, (session) => {
        const { current, profiles } = readProfiles(profilePath(io));
        const shown = Object.entries(profiles).map(([name, { key, ...rest }]) => ({
          name,
          current: name === current,
          ...rest,
          ...(key === undefined ? {} : { keyId: idOf(key) }),
        }));
        session.print(shown, () =>
          table(
            ['NAME', 'URL', 'ENVIRONMENT', 'KEY'],
            shown.map((each) => [
              `${each.current ? '* ' : '  '}${each.name}`,
              each.url ?? '',
              each.environment ?? '',
              each.keyId ?? '',
            ]),
          ),
        );
      }),
    );
  for (const [name, does] of [
    ['use', 'use it when none is named'],
    ['remove', 'forget it'],
  ] as const) {
    profile
      .command(`${name} <name>`)
      .description(does)
      .action(act(io, (session, _options, profileName = '') => changeProfile(session, name, profileName)));
  }
}

async function setProfile(
  session: Session,
  options: GlobalOptions & { readonly keyStdin?: boolean },
  name = '',
): Promise<void> {
  const path = profilePath(session.io);
  const { current = name, profiles } = readProfiles(path);
  const key = options.keyStdin
    ? (await session.io.readStdin(4_096)).trim()
    : (options.key ?? session.io.env['FLAGSCTL_KEY']);
  const profile: Profile = {
    ...(Object.hasOwn(profiles, name) ? profiles[name] : {}),
    ...(options.url === undefined ? {} : { url: options.url }),
    ...(key ? { key } : {}),
    ...(options.env === undefined ? {} : { environment: options.env }),
    ...(options.author === undefined ? {} : { author: options.author }),
  };
  const all = Object.fromEntries([...Object.entries(profiles), [name, profile]]);
  writeProfiles(path, { current, profiles: all });
  session.print({ name, path }, () => [`kept "${name}" in ${path}`]);
}

function changeProfile(session: Session, what: 'use' | 'remove', name: string): void {
  const path = profilePath(session.io);
  const { current, profiles } = readProfiles(path);
  if (!Object.hasOwn(profiles, name)) throw new CliError(`there is no profile "${name}"`, 'notFound');
  const left = Object.entries(profiles).filter(([each]) => what === 'use' || each !== name);
  const used = what === 'use' ? name : current === name ? undefined : current;
  writeProfiles(path, {
    ...(used === undefined ? {} : { current: used }),
    profiles: Object.fromEntries(left),
  });
  session.print({ current: used }, () => [used === undefined ? 'no profile is used' : `"${used}" is used`]);
}

/** The part of a key that may be seen. */
const idOf = (key: string): string => /^flags_([a-z])_([^_]+)_/.exec(key)?.slice(1, 3).join('_') ?? '(a key)';
