// What this SDK calls itself in the fleet. Equal to package.json, which a test checks.

export const sdkName = 'flags-node';
export const sdkVersion = '0.1.0';
