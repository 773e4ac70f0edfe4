// flagsctl key, project and whoami: who may ask. A new key's secret is printed once, alone on stdout, and nowhere else.
import type { Key } from '@org/flags-admin';
import type { Command } from 'commander';
import { CliError } from '../exit-codes.ts';
import type { Io } from '../io.ts';
import { table } from '../output/printable.ts';
import { act, type Session } from '../session.ts';

export function addAccessCommands(program: Command, io: Io): void {
  addKeys(program, io);
  addProjects(program, io);
  program.command('whoami').description('whose key this is, and what it may do').action(act(io, whoAmI));
}

function addKeys(program: Command, io: Io): void {
  const key = program.command('key').description('keys of applications and people');
  key
    .command('list')
    .description('SDK keys of the environment')
    .option('--all', 'every key of the installation')
    .action(
      act<{ all?: boolean }>(io, async (session, { all }) => {
        const keys = await (all ? session.admin() : session.environment()).keys().all();
        session.print(keys, () =>
          table(
            ['ID', 'KIND', 'NAME', 'FOR', 'CREATED', 'STATE'],
            keys.map((each) => [
              each.id,
              each.kind,
              each.name,
              each.environment || each.principalId,
              each.createdAt,
              stateOf(each),
            ]),
          ),
        );
      }),
    );
  key
    .command('create <kind>')
    .description('make a key: server or client (of the environment), or principal (--principal)')
    .option('--name <text>', 'what it is for')
    .option('--expires <time>', 'when it ends, as RFC 3339')
    .option('--principal <id>', 'of a principal key: whose')
    .action(act<KeyFlags>(io, createKey));
  key
    .command('revoke <id>')
    .description('end an SDK key of the environment at once')
    .option('--all', "any key of the installation, also a principal's")
    .action(
      act<{ all?: boolean }>(io, async (session, { all }, id = '') => {
        const revoked = await (all ? session.admin() : session.environment()).revokeKey(id);
        session.print(revoked, () => [`revoked ${revoked.id}`]);
      }),
    );
}

interface KeyFlags {
  readonly name?: string;
  readonly expires?: string;
  readonly principal?: string;
}

async function createKey(session: Session, { name, expires, principal }: KeyFlags, kind = ''): Promise<void> {
  const options = {
    ...(name === undefined ? {} : { name }),
    ...(expires === undefined ? {} : { expiresAt: expires }),
  };
  const create = () => {
    if (kind === 'server' || kind === 'client') return session.environment().createKey(kind, options);
    if (kind !== 'principal') throw new CliError(`"${kind}": server, client or principal is expected`);
    if (principal === undefined) throw new CliError('a principal key needs --principal');
    return session.admin().createPrincipalKey(principal, options);
  };
  const created = await create();
  if (!session.json) session.io.stderr(`made key ${created.key.id}; it is shown this once:\n`);
  session.print(created, () => [created.secret]);
}

const stateOf = ({ revokedAt, expiresAt }: Key): string =>
  revokedAt ? `revoked ${revokedAt}` : expiresAt ? `until ${expiresAt}` : 'good';

function addProjects(program: Command, io: Io): void {
  const project = program.command('project').description('projects, which group environments');
  project
    .command('list')
    .description('projects that you may see')
    .action(
      act(io, async (session) => {
        const projects = await session.admin().projects().all();
        session.print(projects, () =>
          table(
            ['PROJECT', 'NAME', 'CREATED'],
            projects.map(({ key, name, createdAt }) => [key, name, createdAt]),
          ),
        );
      }),
    );
  project
    .command('create <key>')
    .description('make a project')
    .option('--name <text>', 'a name for people')
    .action(
      act<{ name?: string }>(io, async (session, { name = '' }, key = '') => {
        const made = await session.admin().createProject({ key, name });
        session.print(made, () => [`made ${made.key}`]);
      }),
    );
}

async function whoAmI(session: Session): Promise<void> {
  const identity = await session.admin().whoAmI();
  const { keyId, keyKind, principal, environment } = identity;
  session.print(identity, () => [
    `key ${keyId} (${keyKind})`,
    ...(principal ? [`principal ${principal.name} (${principal.kind}, ${principal.id})`] : []),
    ...(principal?.roles ?? []).map(({ scope, role }) => `  ${role} in ${scope}`),
    ...(environment ? [`environment ${environment.project}/${environment.key} (${environment.id})`] : []),
  ]);
}
