/** What this console is made of besides our own code, and under which licences. */

import Box from "@cloudscape-design/components/box";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import { useQuery } from "@tanstack/react-query";

import { Failure } from "../api/failure";
import { List } from "../parts/list";
import type { Column } from "../parts/list";
import "../parts/code.css";

interface Part {
  name: string;
  version: string;
  license: string;
  text: string | null;
}

/** The page. */
export function Component() {
  const parts = useQuery({
    queryKey: ["licences"],
    queryFn: async ({ signal }) => {
      const response = await fetch("/console/assets/licences.json", { signal });
      if (!response.ok) throw await Failure.ofResponse(response);
      return (await response.json()) as Part[];
    },
    staleTime: Infinity,
  });
  return (
    <List<Part>
      one="part"
      several="parts"
      title="Licences"
      description="What is embedded in this console besides Kinora's own code, as it was built."
      items={parts.data}
      error={parts.error}
      id={(part) => part.name}
      columns={COLUMNS}
    />
  );
}

const COLUMNS: Column<Part>[] = [
  { id: "name", header: "Package", isRowHeader: true, value: (part) => part.name, cell: (part) => part.name },
  { id: "version", header: "Version", value: (part) => part.version, cell: (part) => part.version },
  { id: "licence", header: "Licence", value: (part) => part.license, cell: (part) => part.license },
  {
    id: "text",
    header: "Text",
    minWidth: 320,
    cell: (part) =>
      part.text ? (
        <ExpandableSection headerText="Text">
          <div className="code">
            <pre tabIndex={0} aria-label={`Licence of ${part.name}`}>
              {part.text}
            </pre>
          </div>
        </ExpandableSection>
      ) : (
        <Box variant="small">none given</Box>
      ),
  },
];
