// Starts the analytics process from its environment variables, and stops it on SIGTERM or SIGINT. With the argument
// `export-parquet` it writes the raw events as Parquet files instead, and ends.
import { parseArgs } from 'node:util';
import { createLogger, hostOf, logCrashes, stopOnSignals } from '@org/service';
import { readConfig, type Config } from './config.ts';
import { exportParquet } from './store/export-parquet.ts';
import { startAnalytics } from './start-analytics.ts';

await main();

async function main(): Promise<void> {
  // What it writes is for its owner alone.
  process.umask(0o077);
  const read = readConfig(process.env);
  if (!read.ok) {
    for (const { variable, rule } of read.problems) process.stderr.write(`${variable} ${rule}\n`);
    process.exit(1);
  }
  const { config } = read;
  const logger = createLogger(config.logLevel);
  logCrashes(logger);
  if (process.argv[2] !== undefined) return runCommand(process.argv.slice(2), config);
  try {
    const analytics = await startAnalytics(config, logger);
    stopOnSignals(logger, analytics.close);
    logger.info(
      { grpc: `${hostOf(config.address)}:${analytics.port}`, log: config.log.kind, pid: process.pid },
      'ready',
    );
  } catch (error) {
    logger.fatal({ err: error }, 'analytics cannot start');
    process.exit(1);
  }
}

/** Tells each file, or why there is none. */
async function runCommand([name, ...rest]: readonly string[], config: Config): Promise<void> {
  if (name !== 'export-parquet') {
    process.stderr.write('Usage: main.ts [export-parquet [--environment ID]]\n');
    process.exit(1);
  }
  try {
    const { values } = parseArgs({ args: [...rest], options: { environment: { type: 'string' } } });
    const { file: path, memoryMegabytes, threads } = config;
    const stamp = new Date().toISOString().replaceAll(':', '-');
    const files = await exportParquet({ path, memoryMegabytes, threads }, values.environment, stamp);
    for (const { file, rows } of files) process.stdout.write(`${file}: ${rows} rows\n`);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  }
}
