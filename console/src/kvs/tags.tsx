/** To come. */

/** To come. */
export function Tags({ name }: { name: string }) {
  return <p>{name}</p>;
}
