/** A promise that the test settles itself, to hold a step back until it says so. */
export interface Deferred<T> {
  readonly promise: Promise<T>;
  resolve(value: T): void;
  reject(reason: unknown): void;
}

/** Makes a promise to be settled by hand. A rejection that nobody awaits is not reported. */
export function deferred<T = void>(): Deferred<T> {
  const made = Promise.withResolvers<T>();
  made.promise.catch(() => {});
  return made;
}
