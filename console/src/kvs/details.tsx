/** To come. */

/** To come. */
export function Details({ name }: { name: string }) {
  return <p>{name}</p>;
}
