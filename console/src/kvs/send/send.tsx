/** To come. */

/** To come. */
export function Send({ name }: { name: string }) {
  return <p>{name}</p>;
}
