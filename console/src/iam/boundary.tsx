/** The permissions boundary of a user or a role: the most that it may ever do. */

import {
  DeleteRolePermissionsBoundaryCommand,
  DeleteUserPermissionsBoundaryCommand,
  PutRolePermissionsBoundaryCommand,
  PutUserPermissionsBoundaryCommand,
} from "@aws-sdk/client-iam";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { Confirm } from "../parts/confirm";
import { Dialog } from "../parts/dialog";
import { useSay } from "../shell/notes";
import { useIam } from "./client";
import { nameOfArn } from "./documents";
import { ManagedPolicy } from "./managed_policy";
import { PolicyPicker } from "./policy_picker";

interface Props {
  kind: "user" | "role";
  name: string;
  /** Of the policy; `undefined` without a boundary. */
  arn: string | undefined;
}

/** The panel, with what sets and takes away a boundary. */
export function Boundary({ kind, name, arn }: Props) {
  const iam = useIam();
  const queries = useQueryClient();
  const say = useSay();
  const [asked, setAsked] = useState<"set" | "remove">();
  const changed = () => queries.invalidateQueries({ queryKey: ["iam", kind, name] });
  const put = async (PermissionsBoundary: string) => {
    if (kind === "user") await iam.send(new PutUserPermissionsBoundaryCommand({ UserName: name, PermissionsBoundary }));
    else await iam.send(new PutRolePermissionsBoundaryCommand({ RoleName: name, PermissionsBoundary }));
    say("success", "The permissions boundary is set.");
    await changed();
  };
  const remove = async () => {
    if (kind === "user") await iam.send(new DeleteUserPermissionsBoundaryCommand({ UserName: name }));
    else await iam.send(new DeleteRolePermissionsBoundaryCommand({ RoleName: name }));
    say("success", "The permissions boundary is removed.");
    await changed();
  };
  return (
    <Container
      header={
        <Header
          variant="h2"
          description={`The most that this ${kind} may do, whatever other policies allow.`}
          actions={
            <SpaceBetween direction="horizontal" size="xs">
              {arn && <Button onClick={() => setAsked("remove")}>Remove boundary</Button>}
              <Button onClick={() => setAsked("set")}>{arn ? "Change boundary" : "Set boundary"}</Button>
            </SpaceBetween>
          }
        >
          Permissions boundary {arn ? "" : "(not set)"}
        </Header>
      }
    >
      {arn ? (
        <ExpandableSection headerText={nameOfArn(arn)}>
          <ManagedPolicy arn={arn} />
        </ExpandableSection>
      ) : (
        <Box color="text-body-secondary">Nothing limits this {kind} besides its policies.</Box>
      )}
      {asked === "set" && <SetBoundary onPut={put} onClose={() => setAsked(undefined)} />}
      {asked === "remove" && arn && (
        <Confirm
          title="Remove the permissions boundary?"
          action="Remove boundary"
          onConfirm={remove}
          onClose={() => setAsked(undefined)}
        >
          The {kind} {name} may then do all that its policies allow, also what {nameOfArn(arn)} forbade.
        </Confirm>
      )}
    </Container>
  );
}

function SetBoundary({ onPut, onClose }: { onPut: (arn: string) => Promise<void>; onClose: () => void }) {
  const [chosen, setChosen] = useState<string[]>([]);
  return (
    <Dialog
      isLarge
      isForm={false}
      title="Set permissions boundary"
      action="Set boundary"
      isReady={chosen.length > 0}
      onAct={() => onPut(chosen[0] ?? "")}
      onClose={onClose}
    >
      <PolicyPicker isSingle title="Policies" chosen={chosen} onChange={setChosen} />
    </Dialog>
  );
}
