// Which version this is. Equal to package.json, which a test checks.

export const version = '0.1.0';
