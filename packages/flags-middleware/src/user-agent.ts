// Device, browser and operating system from the user agent. What it does not know, it leaves out; it never throws.
import Bowser from 'bowser';

/** What a user agent tells. */
export interface UserAgentAttributes {
  readonly device?: string;
  readonly browser?: string;
  readonly browserVersion?: string;
  readonly os?: string;
  readonly osVersion?: string;
}

/** Longer ones are not read: every real one is shorter, and reading takes time by the length. */
const userAgentCharsMax = 512;
/** The version that people know, where the user agent has another. */
const windowsKernel = /^NT /;

/** Reads a user agent. */
export function userAgentAttributes(userAgent: string | undefined): UserAgentAttributes {
  if (!userAgent || userAgent.length > userAgentCharsMax) return {};
  let parsed: ReturnType<typeof Bowser.parse>;
  try {
    parsed = Bowser.parse(userAgent);
  } catch {
    return {};
  }
  const { browser, os, platform } = parsed;
  const osVersion = windowsKernel.test(os.version ?? '') ? os.versionName : os.version;
  return withoutMissing({
    device: platform.type,
    browser: browser.name,
    browserVersion: semanticVersion(browser.version),
    os: os.name,
    osVersion: semanticVersion(osVersion),
  });
}

/** The first three numbers, as the operators on semantic versions take them. */
function semanticVersion(version: string | undefined): string | undefined {
  const numbers = /^\d{1,9}(?:\.\d{1,9}){0,2}/.exec(version ?? '')?.[0];
  return numbers?.split('.').map(Number).join('.');
}

function withoutMissing(attributes: Readonly<Record<string, string | undefined>>): UserAgentAttributes {
  return Object.fromEntries(Object.entries(attributes).filter(([, value]) => value));
}
