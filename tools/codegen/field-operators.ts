// What the field calls its operators, and how each is written here. The first name of an expression is checked against the
// registry when docs/operators.md is made. Sources: the systems' own documentation, as of 2026.

/** Operators of one system that are written alike here. */
export interface FieldOperators {
  readonly system: string;
  /** As the system writes them. */
  readonly theirs: readonly string[];
  /** Names of operators of ours, in the order of `theirs`, or one for all. */
  readonly ours: readonly string[];
  readonly note?: string;
}

const row = (system: string, theirs: string, ours: string, note?: string): FieldOperators => ({
  system,
  theirs: theirs.split(' '),
  ours: ours.split(' '),
  ...(note !== undefined && { note }),
});

/** The union of the field. */
export const fieldOperators: readonly FieldOperators[] = [
  row('Unleash', 'IN NOT_IN', 'in not_in', '`caseInsensitive` is `ignoreCase`, `inverted` is `not`'),
  row('Unleash', 'STR_STARTS_WITH STR_ENDS_WITH STR_CONTAINS', 'starts_with ends_with contains'),
  row(
    'Unleash',
    'NUM_EQ NUM_GT NUM_GTE NUM_LT NUM_LTE',
    'equals greater greater_or_equal less less_or_equal',
  ),
  row('Unleash', 'DATE_AFTER DATE_BEFORE', 'after before', 'for the current time: a schedule'),
  row(
    'Unleash',
    'SEMVER_EQ SEMVER_GT SEMVER_GTE SEMVER_LT SEMVER_LTE',
    'semver_equals semver_greater semver_greater_or_equal semver_less semver_less_or_equal',
  ),
  row('Unleash', 'REGEX IN_CIDR', 'matches ip_in_range'),
  row('GrowthBook', '$and $or $not $nor', 'and or not not', '`$nor` is `not` of `or`'),
  row(
    'GrowthBook',
    '$eq $ne $gt $gte $lt $lte',
    'equals not_equals greater greater_or_equal less less_or_equal',
    '`$ne`, `$nin` and `$nini` are true for a missing attribute: `not` of `equals` or `in`',
  ),
  row('GrowthBook', '$in $nin $ini $nini', 'in not_in in not_in', 'the latter two with `ignoreCase`'),
  row(
    'GrowthBook',
    '$all $alli $elemMatch',
    'contains_all contains_all contains_any',
    '`$elemMatch` of equality',
  ),
  row('GrowthBook', '$exists $regex', 'exists matches'),
  row('GrowthBook', '$regexi', 'matches', 'with classes: `[Bb]eta`'),
  row(
    'GrowthBook',
    '$veq $vne $vgt $vgte $vlt $vlte',
    'semver_equals not_semver_equals semver_greater semver_greater_or_equal semver_less semver_less_or_equal',
  ),
  row('GrowthBook', '$inGroup $notInGroup', 'segment not'),
  row(
    'LaunchDarkly',
    'in endsWith startsWith matches contains',
    'in ends_with starts_with matches contains',
    '`negate` is `not_…`',
  ),
  row(
    'LaunchDarkly',
    'lessThan lessThanOrEqual greaterThan greaterThanOrEqual before after',
    'less less_or_equal greater greater_or_equal before after',
  ),
  row(
    'LaunchDarkly',
    'semVerEqual semVerLessThan semVerGreaterThan segmentMatch',
    'semver_equals semver_less semver_greater segment',
  ),
  row('Flagsmith', 'EQUAL NOT_EQUAL IN REGEX', 'equals not_equals in matches'),
  row(
    'Flagsmith',
    'GREATER_THAN GREATER_THAN_INCLUSIVE LESS_THAN LESS_THAN_INCLUSIVE',
    'greater greater_or_equal less less_or_equal',
    'with `:semver` the ones named `semver_…`',
  ),
  row('Flagsmith', 'CONTAINS NOT_CONTAINS IS_SET IS_NOT_SET', 'contains not_contains exists not_exists'),
  row('Flagsmith', 'MODULO PERCENTAGE_SPLIT', 'modulo percentage'),
  row('Flipt', 'eq neq lt lte gt gte', 'equals not_equals less less_or_equal greater greater_or_equal'),
  row('Flipt', 'empty notempty', 'in not_in', 'of the empty text'),
  row('Flipt', 'present notpresent true false', 'exists not_exists equals equals'),
  row(
    'Flipt',
    'prefix suffix contains notcontains isoneof isnotoneof',
    'starts_with ends_with contains not_contains in not_in',
  ),
  row(
    'Statsig',
    'any none str_contains_any str_contains_none',
    'in not_in contains not_contains',
    'without case: `ignoreCase`',
  ),
  row('Statsig', 'str_starts_with_any str_ends_with_any str_matches', 'starts_with ends_with matches'),
  row(
    'Statsig',
    'gt gte lt lte before after on',
    'greater greater_or_equal less less_or_equal before after and',
    '`on`: not before the day and before the next',
  ),
  row(
    'Statsig',
    'version_gt version_gte version_lt version_lte version_eq version_neq',
    'semver_greater semver_greater_or_equal semver_less semver_less_or_equal semver_equals not_semver_equals',
  ),
  row(
    'Statsig',
    'in_segment_list array_contains_any array_contains_none array_contains_all',
    'segment contains_any not_contains_any contains_all',
  ),
  row('Statsig', 'pass_gate fail_gate', 'segment not', 'or a prerequisite'),
  row('PostHog', 'exact is_not is_set is_not_set', 'in not_in exists not_exists'),
  row(
    'PostHog',
    'icontains not_icontains starts_with ends_with',
    'contains not_contains starts_with ends_with',
    '`ignoreCase`',
  ),
  row(
    'PostHog',
    'regex not_regex gt gte lt lte',
    'matches not_matches greater greater_or_equal less less_or_equal',
  ),
  row('PostHog', 'is_date_before is_date_after', 'before after', 'relative ones: `{"ago": "P7D"}`'),
  row(
    'PostHog',
    'semver_eq semver_neq semver_gt semver_gte semver_lt semver_lte semver_tilde semver_caret semver_wildcard',
    'semver_equals not_semver_equals semver_greater semver_greater_or_equal semver_less semver_less_or_equal semver_in_range semver_in_range semver_in_range',
  ),
  row('Eppo', 'GT GTE LT LTE', 'greater greater_or_equal less less_or_equal', 'of versions: `semver_…`'),
  row('Eppo', 'MATCHES NOT_MATCHES ONE_OF NOT_ONE_OF IS_NULL', 'matches not_matches in not_in not_exists'),
  row(
    'DevCycle',
    '= != > >= < <=',
    'in not_in greater greater_or_equal less less_or_equal',
    'of versions: `semver_…`',
  ),
  row('DevCycle', 'exist !exist contain !contain', 'exists not_exists contains not_contains'),
  row(
    'DevCycle',
    'startWith !startWith endWith !endWith',
    'starts_with not_starts_with ends_with not_ends_with',
  ),
  row('AppConfig', 'eq ne gt lt ge le', 'equals not_equals greater less greater_or_equal less_or_equal'),
  row(
    'AppConfig',
    'begins_with ends_with contains matches in exists',
    'starts_with ends_with contains matches in exists',
  ),
  row('AppConfig', 'split', 'percentage', '`by::` is `attribute`, `pct::` `value`, `seed::` `salt`'),
  row(
    'flagd',
    'starts_with ends_with fractional',
    'starts_with ends_with percentage',
    '`fractional` is a split, mostly',
  ),
  row(
    'flagd',
    'sem_ver:= sem_ver:!= sem_ver:> sem_ver:>= sem_ver:< sem_ver:<= sem_ver:~ sem_ver:^',
    'semver_equals not semver_greater semver_greater_or_equal semver_less semver_less_or_equal semver_in_range semver_in_range',
    "every other operation of JSONLogic is a rule's `logic`",
  ),
];
