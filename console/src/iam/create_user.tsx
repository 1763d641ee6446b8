/** Creates a user in three steps, then tells its password. */

import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Checkbox from "@cloudscape-design/components/checkbox";
import Container from "@cloudscape-design/components/container";
import ContentLayout from "@cloudscape-design/components/content-layout";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Tiles from "@cloudscape-design/components/tiles";
import Wizard from "@cloudscape-design/components/wizard";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useNavigate } from "react-router";

import { FailureAlert } from "../parts/failure_alert";
import type { EditedTag } from "../parts/tags";
import { wanted } from "../parts/tags";
import { TagsEditor } from "../parts/tags_editor";
import { useSay } from "../shell/notes";
import { useIam } from "./client";
import { CHANGE_PASSWORD_ARN } from "./console_access";
import { nameOfArn } from "./documents";
import { GroupDialog } from "./group_dialog";
import { GroupPicker } from "./group_picker";
import { NameField } from "./name_field";
import { userNameFault } from "./names";
import { FIRST_CHOICE, PasswordChoice, isFine, passwordOf } from "./password_choice";
import { usePasswordPolicy } from "./password_policy";
import { PasswordTold } from "./password_told";
import { PolicyPicker } from "./policy_picker";
import { NO_PASSWORD, createUser, permissionsOf } from "./user_creation";
import type { Permissions, Shortfall } from "./user_creation";
import { UserPicker } from "./user_picker";

type Way = "groups" | "copy" | "policies";

interface Made {
  name: string;
  /** Told until the page is left. */
  password: string | undefined;
  shortfalls: Shortfall[];
}

/** The page of `/console/iam/users/create`. */
export function CreateUser() {
  const iam = useIam();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const say = useSay();
  // Where it cannot be read, the server says what is wrong.
  const policy = usePasswordPolicy().data ?? null;
  const [at, setAt] = useState(0);
  const [name, setName] = useState("");
  const [hasConsole, setConsole] = useState(false);
  const [choice, setChoice] = useState(FIRST_CHOICE);
  const [way, setWay] = useState<Way>("groups");
  const [groups, setGroups] = useState<string[]>([]);
  const [policies, setPolicies] = useState<string[]>([]);
  const [copied, setCopied] = useState<string[]>([]);
  const [boundary, setBoundary] = useState<string[]>([]);
  const [tags, setTags] = useState<EditedTag[]>([]);
  const [isTagged, setTagged] = useState(true);
  const [isTried, setTried] = useState(false);
  const [isGrouping, setGrouping] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const [made, setMade] = useState<Made>();

  const nameFault = userNameFault(name);
  const isPasswordFine = !hasConsole || isFine(choice, policy, name);
  const mayChange = hasConsole && choice.mustChange && !policy?.AllowUsersToChangePassword;

  const submit = async () => {
    if (isBusy || !isTagged) return;
    setBusy(true);
    setError(undefined);
    try {
      const given: Permissions =
        way === "copy" && copied[0]
          ? await permissionsOf(iam, copied[0])
          : {
              groups: way === "groups" ? groups : [],
              policies: way === "policies" ? policies : [],
              inline: [],
              boundary: undefined,
            };
      const password = hasConsole ? passwordOf(choice, policy) : undefined;
      const all = new Set([...given.policies, ...(mayChange ? [CHANGE_PASSWORD_ARN] : [])]);
      const shortfalls = await createUser(iam, {
        ...given,
        name,
        password,
        policies: [...all],
        boundary: boundary[0] ?? given.boundary,
        mustChange: choice.mustChange,
        tags: wanted(tags),
      });
      void queries.invalidateQueries({ queryKey: ["iam"] });
      say("success", `The user ${name} is created.`);
      const isSet = !shortfalls.some(({ text }) => text === NO_PASSWORD);
      if (password === undefined && shortfalls.length === 0) void navigate(pageOf(name));
      else setMade({ name, password: isSet ? password : undefined, shortfalls });
    } catch (error) {
      setError(error);
      setBusy(false);
    }
  };

  if (made) return <Retrieve made={made} />;
  return (
    <>
      <Wizard
        activeStepIndex={at}
        isLoadingNextStep={isBusy}
        submitButtonText="Create user"
        i18nStrings={{
          stepNumberLabel: (step) => `Step ${step}`,
          collapsedStepsLabel: (step, count) => `Step ${step} of ${count}`,
          navigationAriaLabel: "Steps",
          cancelButton: "Cancel",
          previousButton: "Previous",
          nextButton: "Next",
          optional: "optional",
          nextButtonLoadingAnnouncement: "Loading the next step",
          submitButtonLoadingAnnouncement: "Creating the user",
          errorIconAriaLabel: "Error",
        }}
        onCancel={() => void navigate("/console/iam/users")}
        onNavigate={({ detail }) => {
          setTried(true);
          if (at === 0 && detail.requestedStepIndex > 0 && (nameFault || !isPasswordFine)) return;
          setError(undefined);
          setAt(detail.requestedStepIndex);
        }}
        onSubmit={() => void submit()}
        steps={[
          {
            title: "Specify user details",
            content: (
              <Container header={<Header variant="h2">User details</Header>}>
                <SpaceBetween size="l">
                  <NameField kind="user" name={name} onChange={setName} isTried={isTried} />
                  <Checkbox
                    checked={hasConsole}
                    description="A person needs it. A program does not: it gets access keys, after the user is created."
                    onChange={({ detail }) => setConsole(detail.checked)}
                  >
                    Provide user access to the console - <i>optional</i>
                  </Checkbox>
                  {hasConsole && (
                    <PasswordChoice
                      choice={choice}
                      onChange={setChoice}
                      userName={name}
                      policy={policy}
                      isTried={isTried}
                    />
                  )}
                  {mayChange && (
                    <Box variant="small">
                      The policy IAMUserChangePassword is attached to the user, so that it can change its password.
                    </Box>
                  )}
                </SpaceBetween>
              </Container>
            ),
          },
          {
            title: "Set permissions",
            description: "A user may do nothing until a policy allows it. By groups, this is kept in one place for all who do the same work.",
            content: (
              <SpaceBetween size="l">
                <Container header={<Header variant="h2">Permissions options</Header>}>
                  <Tiles
                    ariaLabel="Permissions options"
                    value={way}
                    onChange={({ detail }) => setWay(detail.value as Way)}
                    items={[
                      {
                        value: "groups",
                        label: "Add user to group",
                        description: "Recommended. To an existing group, or a new one.",
                      },
                      {
                        value: "copy",
                        label: "Copy permissions",
                        description: "All groups, policies and the boundary of another user.",
                      },
                      {
                        value: "policies",
                        label: "Attach policies directly",
                        description: "To this user alone.",
                      },
                    ]}
                  />
                </Container>
                {way === "groups" && (
                  <GroupPicker
                    chosen={groups}
                    onChange={setGroups}
                    actions={<Button onClick={() => setGrouping(true)}>Create group</Button>}
                  />
                )}
                {way === "copy" && <UserPicker isSingle title="Copy from" chosen={copied} onChange={setCopied} />}
                {way === "policies" && <PolicyPicker chosen={policies} onChange={setPolicies} />}
                <ExpandableSection
                  variant="container"
                  headerText="Set permissions boundary - optional"
                  headerDescription="The most that the user may ever do, whatever its policies allow."
                >
                  <PolicyPicker isSingle title="Policies" chosen={boundary} onChange={setBoundary} />
                </ExpandableSection>
              </SpaceBetween>
            ),
          },
          {
            title: "Review and create",
            content: (
              <SpaceBetween size="l">
                {error !== undefined && <FailureAlert error={error} header="The user was not created" />}
                <Container header={<Header variant="h2">User details</Header>}>
                  <KeyValuePairs
                    columns={3}
                    items={[
                      { label: "User name", value: name },
                      { label: "Console password", value: !hasConsole ? "None" : choice.isGenerated ? "Autogenerated" : "Custom" },
                      { label: "Must create a new password", value: hasConsole && choice.mustChange ? "Yes" : "No" },
                    ]}
                  />
                </Container>
                <Container header={<Header variant="h2">Permissions summary</Header>}>
                  <KeyValuePairs
                    columns={3}
                    items={[
                      { label: "User groups", value: way === "groups" && groups.length > 0 ? groups.join(", ") : "–" },
                      {
                        label: "Policies",
                        value:
                          [...(way === "policies" ? policies : []), ...(mayChange ? [CHANGE_PASSWORD_ARN] : [])]
                            .map(nameOfArn)
                            .join(", ") || "–",
                      },
                      { label: "Copied from", value: (way === "copy" && copied[0]) || "–" },
                      { label: "Permissions boundary", value: boundary[0] ? nameOfArn(boundary[0]) : "–" },
                    ]}
                  />
                </Container>
                <Container
                  header={
                    <Header variant="h2" description="Names and values of your own, to find users by and for policies to refer to.">
                      Tags - <i>optional</i>
                    </Header>
                  }
                >
                  <TagsEditor
                    tags={tags}
                    onChange={(tags, isValid) => {
                      setTags(tags);
                      setTagged(isValid);
                    }}
                  />
                </Container>
              </SpaceBetween>
            ),
          },
        ]}
      />
      {isGrouping && (
        <GroupDialog
          onCreated={(group) => setGroups((groups) => [...groups, group])}
          onClose={() => setGrouping(false)}
        />
      )}
    </>
  );
}

function Retrieve({ made: { name, password, shortfalls } }: { made: Made }) {
  const navigate = useNavigate();
  return (
    <ContentLayout
      header={<Header variant="h1">{password === undefined ? `User ${name} created` : "Retrieve password"}</Header>}
    >
      <SpaceBetween size="l">
        {shortfalls.map(({ text, failure }) => (
          <FailureAlert key={text} error={failure} header={text} />
        ))}
        {password !== undefined && (
          <Container header={<Header variant="h2">Console sign-in details</Header>}>
            <PasswordTold userName={name} password={password} />
          </Container>
        )}
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button onClick={() => void navigate(pageOf(name))}>View user</Button>
            <Button variant="primary" onClick={() => void navigate("/console/iam/users")}>
              Return to users list
            </Button>
          </SpaceBetween>
        </Box>
      </SpaceBetween>
    </ContentLayout>
  );
}

function pageOf(name: string): string {
  return `/console/iam/users/${encodeURIComponent(name)}`;
}
