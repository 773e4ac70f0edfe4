// The name cores notify each other by.

export const wakeChannel = 'flags_wake';
