/** The fields that say whom a new role is for. */

import { ListOpenIDConnectProvidersCommand } from "@aws-sdk/client-iam";
import Checkbox from "@cloudscape-design/components/checkbox";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import RadioGroup from "@cloudscape-design/components/radio-group";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Tiles from "@cloudscape-design/components/tiles";
import { useQuery } from "@tanstack/react-query";

import { FailureAlert } from "../parts/failure_alert";
import { JsonView } from "../parts/json_view";
import { useSigned } from "../session/provider";
import { useIam } from "./client";
import { POLICY_SIZE_MAX } from "./policy_document";
import { PolicyEditor } from "./policy_editor";
import { trustFaults, trustPolicy } from "./trusted_entity";
import type { Trusted } from "./trusted_entity";

interface Props {
  trusted: Trusted;
  onChange: (trusted: Trusted) => void;
  /** The form was sent, so what is missing is said. */
  isTried: boolean;
}

/** The choice of a kind, its fields, and the policy that comes of them. */
export function TrustedEntityFields({ trusted, onChange, isTried }: Props) {
  const { session } = useSigned();
  const faults = isTried ? trustFaults(trusted) : {};
  const choose = (kind: string) => {
    if (kind === "account") {
      onChange({ kind, accountId: session.accountId, externalId: "", isMfaRequired: false });
    } else if (kind === "service") onChange({ kind, service: IOT });
    else if (kind === "web") onChange({ kind, provider: "", audience: "sts.amazonaws.com" });
    else onChange({ kind: "custom", document: trustPolicy(trusted) });
  };
  return (
    <SpaceBetween size="l">
      <FormField label="Trusted entity type" stretch>
        <Tiles value={trusted.kind} items={KINDS} onChange={({ detail }) => choose(detail.value)} />
      </FormField>
      {trusted.kind === "account" && <AccountFields trusted={trusted} onChange={onChange} faults={faults} />}
      {trusted.kind === "service" && (
        <FormField
          label="Use case"
          description="Devices with a certificate and a role alias get this role's credentials from the credentials endpoint."
        >
          <Select
            options={SERVICES}
            selectedOption={SERVICES.find(({ value }) => value === trusted.service) ?? null}
            onChange={({ detail }) => onChange({ kind: "service", service: detail.selectedOption.value ?? IOT })}
          />
        </FormField>
      )}
      {trusted.kind === "web" && <WebFields trusted={trusted} onChange={onChange} faults={faults} />}
      {trusted.kind === "custom" ? (
        <PolicyEditor
          label="Custom trust policy"
          value={trusted.document}
          onChange={(document) => onChange({ kind: "custom", document })}
          kind="trust"
          sizeMax={POLICY_SIZE_MAX.trust}
        />
      ) : (
        <JsonView label="Trust policy" text={trustPolicy(trusted)} isShort />
      )}
    </SpaceBetween>
  );
}

type Faults = Record<string, string>;
type Of<K extends Trusted["kind"]> = {
  trusted: Extract<Trusted, { kind: K }>;
  onChange: (trusted: Trusted) => void;
  faults: Faults;
};

function AccountFields({ trusted, onChange, faults }: Of<"account">) {
  const { session } = useSigned();
  const isOwn = trusted.accountId === session.accountId;
  return (
    <SpaceBetween size="m">
      <FormField label="An AWS account">
        <RadioGroup
          value={isOwn ? "this" : "another"}
          items={[
            { value: "this", label: `This account (${session.accountId})` },
            { value: "another", label: "Another AWS account" },
          ]}
          onChange={({ detail }) =>
            onChange({ ...trusted, accountId: detail.value === "this" ? session.accountId : "" })
          }
        />
      </FormField>
      {!isOwn && (
        <FormField label="Account ID" constraintText="12 digits" errorText={faults["accountId"]}>
          <Input
            value={trusted.accountId}
            inputMode="numeric"
            autoComplete={false}
            onChange={({ detail }) => onChange({ ...trusted, accountId: detail.value })}
          />
        </FormField>
      )}
      <FormField
        label="External ID - optional"
        description="What a third party must name as well when it takes the role, so that nobody else can have it do so."
        errorText={faults["externalId"]}
      >
        <Input
          value={trusted.externalId}
          autoComplete={false}
          onChange={({ detail }) => onChange({ ...trusted, externalId: detail.value })}
        />
      </FormField>
      <Checkbox
        checked={trusted.isMfaRequired}
        onChange={({ detail }) => onChange({ ...trusted, isMfaRequired: detail.checked })}
      >
        Require MFA
      </Checkbox>
    </SpaceBetween>
  );
}

function WebFields({ trusted, onChange, faults }: Of<"web">) {
  const iam = useIam();
  const providers = useQuery({
    queryKey: ["iam", "oidc-providers"],
    queryFn: async ({ signal }) => {
      const answer = await iam.send(new ListOpenIDConnectProvidersCommand({}), { abortSignal: signal });
      return (answer.OpenIDConnectProviderList ?? []).map(({ Arn = "" }) => Arn);
    },
  });
  const options = (providers.data ?? []).map((arn) => ({
    value: arn,
    label: arn.replace(/^.*:oidc-provider\//, ""),
  }));
  return (
    <SpaceBetween size="m">
      {providers.error && <FailureAlert error={providers.error} header="The identity providers cannot be listed" />}
      <FormField
        label="Identity provider"
        description="Made with CreateOpenIDConnectProvider, such as by aws iam create-open-id-connect-provider."
        errorText={faults["provider"]}
      >
        <Select
          options={options}
          selectedOption={options.find(({ value }) => value === trusted.provider) ?? null}
          placeholder="Choose a provider"
          empty="This account has no identity provider"
          statusType={providers.isPending ? "loading" : "finished"}
          loadingText="Loading the providers"
          onChange={({ detail }) => onChange({ ...trusted, provider: detail.selectedOption.value ?? "" })}
        />
      </FormField>
      <FormField label="Audience" errorText={faults["audience"]}>
        <Input
          value={trusted.audience}
          autoComplete={false}
          onChange={({ detail }) => onChange({ ...trusted, audience: detail.value })}
        />
      </FormField>
    </SpaceBetween>
  );
}

const IOT = "credentials.iot.amazonaws.com";

const SERVICES = [{ value: IOT, label: "IoT: devices with certificates", description: IOT }];

const KINDS = [
  { value: "account", label: "AWS account", description: "Users and roles of this account or of another one." },
  { value: "service", label: "AWS service", description: "The credentials endpoint for devices." },
  { value: "web", label: "Web identity", description: "People and programs that an OpenID Connect provider knows." },
  { value: "custom", label: "Custom trust policy", description: "Written by you." },
];
