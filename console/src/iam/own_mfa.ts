/**
 * One's own MFA devices, whichever door they have: root's are assigned where root signs in,
 * a user's by IAM.
 */

import {
  CreateVirtualMFADeviceCommand,
  DeactivateMFADeviceCommand,
  DeleteVirtualMFADeviceCommand,
  EnableMFADeviceCommand,
  ListMFADevicesCommand,
  ResyncMFADeviceCommand,
} from "@aws-sdk/client-iam";
import type { IAMClient } from "@aws-sdk/client-iam";

import { read, send } from "../session/forms";
import type { Session } from "../session/forms";

/** A device that is assigned. */
export interface MfaDevice {
  serialNumber: string;
  enabled: Date;
}

/** A device that was made and is not assigned: its secret is told only now. */
export interface NewMfaDevice {
  serialNumber: string;
  /** What is typed into an app that cannot take pictures. */
  secret: string;
  /** PNG, as a `data:` address. */
  picture: string;
}

/** What can be done with them. */
export interface OwnMfa {
  list(signal: AbortSignal): Promise<MfaDevice[]>;
  /** Whether the person names a new device. */
  isNamed: boolean;
  create(name: string): Promise<NewMfaDevice>;
  enable(serialNumber: string, code1: string, code2: string): Promise<void>;
  /** Forgets a device that was made and not assigned. */
  discard(serialNumber: string): Promise<void>;
  /** Whether taking a device away takes one of its codes. */
  asksCode: boolean;
  remove(serialNumber: string, code: string): Promise<void>;
  /** Sets right a device whose clock is off; root does that when signing in. */
  resync: ((serialNumber: string, code1: string, code2: string) => Promise<void>) | undefined;
}

/** The devices of who is signed in. */
export function ownMfa(session: Session, iam: IAMClient): OwnMfa {
  return session.type === "Root" ? ofRoot(session.csrfToken) : ofUser(session.userName ?? "", iam);
}

function ofRoot(csrf: string): OwnMfa {
  return {
    list: async () => {
      const told = await read<{ mfaDevices: { serialNumber: string; enabled: string }[] }>(
        "/signin/mfa-devices",
      );
      return told.mfaDevices.map(({ serialNumber, enabled }) => ({
        serialNumber,
        enabled: new Date(enabled),
      }));
    },
    isNamed: false,
    create: async () => {
      const made = await send<{ serialNumber: string; base32Seed: string; qrCodePng: string }>(
        "/signin/mfa-devices",
        {},
        csrf,
      );
      return {
        serialNumber: made.serialNumber,
        secret: made.base32Seed,
        picture: `data:image/png;base64,${made.qrCodePng}`,
      };
    },
    enable: async (serialNumber, code1, code2) => {
      await send("/signin/mfa-devices/enable", { serialNumber, code1, code2 }, csrf);
    },
    // One that waits gives way to the next.
    discard: () => Promise.resolve(),
    asksCode: true,
    remove: async (serialNumber, code) => {
      await send("/signin/mfa-devices/deactivate", { serialNumber, code }, csrf);
    },
    resync: undefined,
  };
}

function ofUser(UserName: string, iam: IAMClient): OwnMfa {
  return {
    list: async (abortSignal) => {
      const answer = await iam.send(new ListMFADevicesCommand({ UserName }), { abortSignal });
      return (answer.MFADevices ?? []).map((device) => ({
        serialNumber: device.SerialNumber ?? "",
        enabled: device.EnableDate ?? new Date(0),
      }));
    },
    isNamed: true,
    create: async (name) => {
      const answer = await iam.send(new CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: name }));
      const device = answer.VirtualMFADevice;
      return {
        serialNumber: device?.SerialNumber ?? "",
        secret: new TextDecoder().decode(device?.Base32StringSeed),
        picture: pngAddress(device?.QRCodePNG ?? new Uint8Array()),
      };
    },
    enable: async (SerialNumber, code1, code2) => {
      await iam.send(
        new EnableMFADeviceCommand({
          UserName,
          SerialNumber,
          AuthenticationCode1: digits(code1),
          AuthenticationCode2: digits(code2),
        }),
      );
    },
    discard: async (SerialNumber) => {
      await iam.send(new DeleteVirtualMFADeviceCommand({ SerialNumber }));
    },
    asksCode: false,
    remove: async (SerialNumber) => {
      await iam.send(new DeactivateMFADeviceCommand({ UserName, SerialNumber }));
      await iam.send(new DeleteVirtualMFADeviceCommand({ SerialNumber }));
    },
    resync: async (SerialNumber, code1, code2) => {
      await iam.send(
        new ResyncMFADeviceCommand({
          UserName,
          SerialNumber,
          AuthenticationCode1: digits(code1),
          AuthenticationCode2: digits(code2),
        }),
      );
    },
  };
}

function pngAddress(bytes: Uint8Array): string {
  const text = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  return `data:image/png;base64,${btoa(text)}`;
}

/** Codes are shown in groups; IAM takes digits alone. */
function digits(code: string): string {
  return code.replaceAll(/\s/g, "");
}
