import { type Observable, observable } from '@trpc/server/observable';

/** An observable that is still being made. Unsubscribing before that leaves it alone. */
export function later<Value, Failure>(made: Promise<Observable<Value, Failure>>): Observable<Value, Failure> {
  return observable((observer) => {
    let left = false;
    let leave = () => {
      left = true;
    };
    void made.then((source) => {
      if (left) return;
      const subscription = source.subscribe(observer);
      leave = () => subscription.unsubscribe();
    });
    return () => leave();
  });
}
