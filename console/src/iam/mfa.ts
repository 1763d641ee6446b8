/**
 * MFA devices, whichever door they have: root's are assigned where root signs in, a user's
 * by IAM.
 */

import {
  CreateVirtualMFADeviceCommand,
  DeactivateMFADeviceCommand,
  DeleteVirtualMFADeviceCommand,
  EnableMFADeviceCommand,
  ListMFADevicesCommand,
  ResyncMFADeviceCommand,
} from "@aws-sdk/client-iam";
import type { IAMClient, MFADevice } from "@aws-sdk/client-iam";

import { read, send } from "../session/forms";

/** A device that was made and is not assigned: its secret is told only now. */
export interface NewMfaDevice {
  serialNumber: string;
  /** What is typed into an app that cannot take pictures. */
  secret: string;
  /** PNG, as a `data:` address. */
  picture: string;
}

/** What can be done with them. */
export interface Mfa {
  /** Whose devices they are; `undefined` for root, who gives them no names. */
  userName: string | undefined;
  /** Under what they are remembered. */
  queryKey: readonly string[];
  list: (signal: AbortSignal) => Promise<MFADevice[]>;
  create: (name: string) => Promise<NewMfaDevice>;
  enable: (serialNumber: string, code1: string, code2: string) => Promise<void>;
  /** Forgets a device that was made and not assigned. */
  discard: (serialNumber: string) => Promise<void>;
  /** Whether taking a device away takes one of its codes. */
  asksCode: boolean;
  remove: (serialNumber: string, code: string) => Promise<void>;
  /** Sets right a device whose clock is off; root does that when signing in. */
  resync: ((serialNumber: string, code1: string, code2: string) => Promise<void>) | undefined;
}

/** The root user's devices. */
export function mfaOfRoot(csrf: string): Mfa {
  return {
    userName: undefined,
    queryKey: ["root-mfa-devices"],
    list: async () => {
      const told = await read<{ mfaDevices: { serialNumber: string; enabled: string }[] }>(
        "/signin/mfa-devices",
      );
      return told.mfaDevices.map(({ serialNumber, enabled }) => ({
        UserName: undefined,
        SerialNumber: serialNumber,
        EnableDate: new Date(enabled),
      }));
    },
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
      const codes = { code1: digits(code1), code2: digits(code2) };
      await send("/signin/mfa-devices/enable", { serialNumber, ...codes }, csrf);
    },
    // One that waits gives way to the next.
    discard: () => Promise.resolve(),
    asksCode: true,
    remove: async (serialNumber, code) => {
      await send("/signin/mfa-devices/deactivate", { serialNumber, code: digits(code) }, csrf);
    },
    resync: undefined,
  };
}

/** A user's devices. */
export function mfaOfUser(UserName: string, iam: IAMClient): Mfa {
  return {
    userName: UserName,
    queryKey: ["iam", "user", UserName, "mfa"],
    list: async (abortSignal) => {
      const answer = await iam.send(new ListMFADevicesCommand({ UserName }), { abortSignal });
      return answer.MFADevices ?? [];
    },
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
      // A device of hardware has no ARN, and remains.
      if (SerialNumber.startsWith("arn:")) await iam.send(new DeleteVirtualMFADeviceCommand({ SerialNumber }));
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
