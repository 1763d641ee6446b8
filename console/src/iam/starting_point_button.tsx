/** A choice of policies to begin with. */

import ButtonDropdown from "@cloudscape-design/components/button-dropdown";

import type { StartingPoint } from "./starting_points";

interface Props {
  points: readonly StartingPoint[];
  onChoose: (document: string) => void;
}

/** A button that replaces the document with a starting point. */
export function StartingPointButton({ points, onChoose }: Props) {
  return (
    <ButtonDropdown
      items={points.map(({ id, label, description }) => ({ id, text: label, secondaryText: description }))}
      onItemClick={({ detail }) => {
        const point = points.find(({ id }) => id === detail.id);
        if (point) onChoose(point.document);
      }}
    >
      Start from
    </ButtonDropdown>
  );
}
