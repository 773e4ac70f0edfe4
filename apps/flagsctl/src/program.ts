// All commands of flagsctl, and the options that every one of them has.
import { Argument, Command } from 'commander';
import { addAccessCommands } from './commands/access.ts';
import { addAlertCommands } from './commands/alert.ts';
import { addAuditCommands } from './commands/audit.ts';
import { addChangeCommands } from './commands/change.ts';
import { addEnvironmentCommands } from './commands/env.ts';
import { addExperimentCommands } from './commands/experiment.ts';
import { addFileCommands } from './commands/files.ts';
import { addFlagCommands } from './commands/flag.ts';
import { addGenerateCommands } from './commands/generate.ts';
import { addLifecycleCommands } from './commands/lifecycle.ts';
import { addListCommands } from './commands/list.ts';
import { addProfileCommands } from './commands/profile.ts';
import { addRefsCommand } from './commands/refs.ts';
import { addResultCommands } from './commands/results.ts';
import { addRolloutCommands } from './commands/rollout.ts';
import { addScheduleCommands } from './commands/schedule.ts';
import { addConfigCommands } from './commands/config.ts';
import { addSegmentCommands } from './commands/segment.ts';
import { completionScript, shells, type Shell } from './completion.ts';
import { seconds } from './input/read-options.ts';
import type { Io } from './io.ts';
import { version } from './version.ts';

/** The program around the world it runs in. */
export function createProgram(io: Io): Command {
  const program = new Command('flagsctl')
    .description('Flags, experiments and environments from the command line')
    .version(version)
    .option('--url <url>', "the core's HTTP address (FLAGSCTL_URL; default http://127.0.0.1:7411)")
    .option('--key-file <file>', 'a file that holds the key')
    .option(
      '--key <key>',
      'the key (FLAGSCTL_KEY); others on this machine can see it in the list of processes',
    )
    .option('-e, --env <project/environment>', 'the environment (FLAGSCTL_ENV)')
    .option('-p, --profile <name>', 'a profile of the profile file (FLAGSCTL_PROFILE)')
    .option('--author <text>', 'on whose behalf changes are made (FLAGSCTL_AUTHOR)')
    .option('--timeout <seconds>', 'of one attempt; default 10', seconds)
    .option('--json', 'print JSON, errors too')
    .configureHelp({ showGlobalOptions: false, sortSubcommands: false })
    .showHelpAfterError('(add --help for the options)')
    .exitOverride()
    .configureOutput({ writeOut: io.stdout, writeErr: io.stderr });
  addFlagCommands(program, io);
  addSegmentCommands(program, io);
  addConfigCommands(program, io);
  addListCommands(program, io);
  addEnvironmentCommands(program, io);
  addChangeCommands(program, io);
  addFileCommands(program, io);
  addScheduleCommands(program, io);
  addExperimentCommands(program, io);
  addResultCommands(program, io);
  addRolloutCommands(program, io);
  addAlertCommands(program, io);
  addAccessCommands(program, io);
  addAuditCommands(program, io);
  addProfileCommands(program, io);
  addGenerateCommands(program, io);
  addRefsCommand(program, io);
  addLifecycleCommands(child(program, 'flag'), child(program, 'segment'), io);
  program
    .command('completion')
    .description('print a completion script for a shell')
    .addArgument(new Argument('<shell>').choices(shells))
    .action((shell: Shell) => io.stdout(completionScript(program, shell)));
  inheritSettings(program, program);
  return program;
}

const child = (program: Command, name: string): Command =>
  program.commands.find((command) => command.name() === name)!;

/** Commander copies settings when a command is made, which is before they are all known. */
function inheritSettings(command: Command, from: Command): void {
  for (const each of command.commands) {
    each.copyInheritedSettings(from);
    inheritSettings(each, from);
  }
}
