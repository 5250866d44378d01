// Loaded into the CDK CLI ahead of itself. It asks CloudFormation every five seconds whether a
// stack is done, which is right for AWS and long for an emulator that is done in one.
const { setTimeout: wait } = globalThis;
const hurried = (callback, delay, ...rest) => wait(callback, delay === 5000 ? 250 : delay, ...rest);
globalThis.setTimeout = Object.assign(hurried, wait);
