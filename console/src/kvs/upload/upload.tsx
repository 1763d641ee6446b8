/** To come. */

/** To come. */
export function Upload({ name }: { name: string }) {
  return <p>{name}</p>;
}
