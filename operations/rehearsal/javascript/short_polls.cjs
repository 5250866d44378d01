// Loaded before the CDK CLI, which asks CloudFormation every five seconds whether a stack is
// complete. The emulator needs about one second.
const { setTimeout: wait } = globalThis;
const shortened = (callback, delay, ...rest) => wait(callback, delay === 5000 ? 250 : delay, ...rest);
globalThis.setTimeout = Object.assign(shortened, wait);
