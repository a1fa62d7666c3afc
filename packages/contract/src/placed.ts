/** An event of a stream with its place in it, as the server holds it before tRPC's `tracked` sends the two apart. */
export type Placed<Event> = Event extends { readonly v: 1 }
  ? Omit<Event, 'v'> & { readonly id: string }
  : never;
