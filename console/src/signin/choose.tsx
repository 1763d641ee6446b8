/** The first question: root user or IAM user, and of which account. */

import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Tiles from "@cloudscape-design/components/tiles";
import { useState } from "react";

interface Props {
  /** What is chosen at first. */
  type: "Root" | "User";
  /** The address, where another page knows it. */
  email: string;
  /** The account whose user signed in here last. */
  account: string;
  onRoot: (email: string) => void;
  onUser: (account: string) => void;
}

/** Asks it. Nothing is sent: whether an account exists is not told. */
export function Choose(props: Props) {
  const [type, setType] = useState(props.type);
  const [email, setEmail] = useState(props.email);
  const [account, setAccount] = useState(props.account);
  const [fault, setFault] = useState("");
  const isRoot = type === "Root";
  const go = () => {
    const text = (isRoot ? email : account).trim();
    if (text === "") {
      setFault(isRoot ? "Enter the root user's e-mail address." : "Enter an account ID or alias.");
    } else if (isRoot) props.onRoot(text);
    else props.onUser(plainAccount(text));
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        go();
      }}
    >
      <SpaceBetween size="l">
        <Tiles
          value={type}
          ariaLabel="Who signs in"
          columns={1}
          items={[
            {
              value: "Root",
              label: "Root user",
              description: "Account owner that performs tasks requiring unrestricted access.",
            },
            {
              value: "User",
              label: "IAM user",
              description: "User within an account that performs daily tasks.",
            },
          ]}
          onChange={({ detail }) => {
            setType(detail.value === "Root" ? "Root" : "User");
            setFault("");
          }}
        />
        {isRoot ? (
          <FormField key="root" label="Root user e-mail address" errorText={fault}>
            <Input
              name="email"
              type="text"
              inputMode="email"
              autoComplete="username"
              autoFocus
              spellcheck={false}
              placeholder="username@example.com"
              value={email}
              onChange={({ detail }) => setEmail(detail.value)}
            />
          </FormField>
        ) : (
          <FormField key="user" label="Account ID (12 digits) or account alias" errorText={fault}>
            <Input
              name="account"
              autoComplete="organization"
              autoFocus
              spellcheck={false}
              value={account}
              onChange={({ detail }) => setAccount(detail.value)}
            />
          </FormField>
        )}
        <Button variant="primary" fullWidth>
          Next
        </Button>
      </SpaceBetween>
    </form>
  );
}

/** Account ids are written `1234-5678-9012` as well. */
function plainAccount(text: string): string {
  const digits = text.replaceAll(/[\s-]/g, "");
  return /^\d{12}$/.test(digits) ? digits : text;
}
