// Checks SQL of an operator by its syntax tree before any of it runs: one SELECT over the event tables, CTEs and harmless
// table functions. What the check does not know is refused.
import type { DuckDBConnection } from '@duckdb/node-api';
import { eventTables } from '../store/tables.ts';

/** What is wrong with a query; undefined: nothing. */
export interface SqlProblem {
  readonly rule: string;
  readonly message: string;
}

const tableNames: ReadonlySet<string> = new Set(eventTables.map(({ name }) => name));
const tableFunctions: ReadonlySet<string> = new Set(['range', 'generate_series', 'unnest']);
/** They tell of the process, not of events. */
const refusedFunctions: ReadonlySet<string> = new Set(['current_setting', 'getenv', 'write_log', 'nextval']);
/** Nodes that bring no tables of their own. */
const plainNodes =
  /^(SELECT_NODE|SET_OPERATION_NODE|RECURSIVE_CTE_NODE|CTE_NODE|EMPTY|JOIN|SUBQUERY|EXPRESSION_LIST|PIVOT|COLUMN_DATA|\w+_MODIFIER|ORDER_DEFAULT|ASCENDING|DESCENDING|\w+_TYPE_INFO)$/;

interface Node {
  readonly [name: string]: unknown;
}

/** Undefined when the query may run. */
export async function checkSql(connection: DuckDBConnection, sql: string): Promise<SqlProblem | undefined> {
  const reader = await connection.runAndReadAll('SELECT json_serialize_sql($1::VARCHAR)', [sql]);
  const tree = JSON.parse(String(reader.getRows()[0]?.[0])) as Node;
  if (tree['error'] === true) {
    const selectOnly = /only select/i.test(String(tree['error_message']));
    return { rule: selectOnly ? 'select_only' : 'syntax', message: String(tree['error_message']) };
  }
  const statements = tree['statements'];
  if (!Array.isArray(statements) || statements.length !== 1)
    return { rule: 'one_statement', message: 'Send one statement.' };
  const own = await namesOfCatalog(connection);
  const ctes = new Set<string>();
  visit(tree, (node) => namesOfCtes(node).forEach((name) => ctes.add(name)));
  for (const name of ctes) {
    // Beside its scope the name would be the table's.
    if (own.has(name)) return { rule: 'reserved_name', message: `A CTE must not be called ${name}.` };
  }
  let problem: SqlProblem | undefined;
  visit(tree, (node) => (problem ??= problemOf(node, ctes)));
  return problem;
}

/** Everything that can be selected from without being one of the event tables. */
async function namesOfCatalog(connection: DuckDBConnection): Promise<ReadonlySet<string>> {
  const reader = await connection.runAndReadAll(
    'SELECT table_name FROM duckdb_tables() UNION SELECT view_name FROM duckdb_views()',
  );
  return new Set(reader.getRows().map(([name]) => String(name).toLowerCase()));
}

function namesOfCtes(node: Node): readonly string[] {
  const map = (node['cte_map'] as Node | undefined)?.['map'];
  const named = Array.isArray(map) ? map.map((entry: Node) => String(entry['key'])) : [];
  const own = typeof node['cte_name'] === 'string' ? [node['cte_name']] : [];
  return [...named, ...own].map((name) => name.toLowerCase()).filter((name) => name !== '');
}

function problemOf(node: Node, ctes: ReadonlySet<string>): SqlProblem | undefined {
  const { type, class: expressionClass } = node;
  if (expressionClass === 'FUNCTION') return problemOfFunction(node, refusedFunctions);
  if (expressionClass !== undefined || typeof type !== 'string') return undefined;
  if (type === 'BASE_TABLE') {
    const name = String(node['table_name']).toLowerCase();
    const qualified = [node['schema_name'], node['catalog_name']].some((part) => (part ?? '') !== '');
    if (!qualified && (tableNames.has(name) || ctes.has(name))) return undefined;
    const message = `There are the tables ${[...tableNames].join(', ')}; not ${String(node['table_name'])}.`;
    return { rule: 'unknown_table', message };
  }
  if (type === 'TABLE_FUNCTION') {
    const name = String((node['function'] as Node | undefined)?.['function_name']).toLowerCase();
    if (tableFunctions.has(name)) return undefined;
    return { rule: 'refused_function', message: `The table function ${name} is not offered.` };
  }
  if (plainNodes.test(type)) return undefined;
  return { rule: 'refused_syntax', message: `${type} is not offered.` };
}

function problemOfFunction(node: Node, refused: ReadonlySet<string>): SqlProblem | undefined {
  const name = String(node['function_name']).toLowerCase();
  return refused.has(name) ? { rule: 'refused_function', message: `${name} is not offered.` } : undefined;
}

/** Every object of the tree. */
function visit(value: unknown, use: (node: Node) => void): void {
  const open: unknown[] = [value];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (typeof next !== 'object' || next === null) continue;
    if (!Array.isArray(next)) use(next as Node);
    for (const member of Object.values(next))
      if (typeof member === 'object' && member !== null) open.push(member);
  }
}
