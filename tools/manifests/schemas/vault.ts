import { z } from 'zod';

/*
 * The kinds of the Vault Secrets Operator that the component uses, in the fields that it uses or is likely to: no npm
 * package has them. Source: hashicorp/vault-secrets-operator, config/crd/bases, secrets.hashicorp.com/v1beta1.
 */

const duration = z.string().regex(/^([0-9]+(\.[0-9]+)?(s|m|h))$/);
const labels = z.record(z.string(), z.string());
const metadata = z.strictObject({
  name: z.string(),
  namespace: z.string().optional(),
  labels: labels.optional(),
  annotations: labels.optional(),
});

const vaultStaticSecret = z.strictObject({
  apiVersion: z.literal('secrets.hashicorp.com/v1beta1'),
  kind: z.literal('VaultStaticSecret'),
  metadata,
  spec: z.strictObject({
    vaultAuthRef: z.string().optional(),
    namespace: z.string().optional(),
    mount: z.string(),
    path: z.string(),
    type: z.enum(['kv-v1', 'kv-v2']),
    version: z.int().min(0).optional(),
    refreshAfter: duration.optional(),
    hmacSecretData: z.boolean().optional(),
    destination: z.strictObject({
      name: z.string(),
      create: z.boolean().optional(),
      overwrite: z.boolean().optional(),
      type: z.string().optional(),
      labels: labels.optional(),
      annotations: labels.optional(),
      transformation: z
        .strictObject({
          excludeRaw: z.boolean().optional(),
          excludes: z.array(z.string()).optional(),
          includes: z.array(z.string()).optional(),
          templates: z
            .record(z.string(), z.strictObject({ name: z.string().optional(), text: z.string() }))
            .optional(),
        })
        .optional(),
    }),
    rolloutRestartTargets: z
      .array(
        z.strictObject({
          kind: z.enum(['Deployment', 'DaemonSet', 'StatefulSet', 'argo.Rollout']),
          name: z.string(),
        }),
      )
      .optional(),
  }),
});

const vaultAuth = z.strictObject({
  apiVersion: z.literal('secrets.hashicorp.com/v1beta1'),
  kind: z.literal('VaultAuth'),
  metadata,
  spec: z.strictObject({
    vaultConnectionRef: z.string().optional(),
    namespace: z.string().optional(),
    allowedNamespaces: z.array(z.string()).optional(),
    method: z.literal('kubernetes'),
    mount: z.string(),
    params: labels.optional(),
    headers: labels.optional(),
    kubernetes: z.strictObject({
      role: z.string(),
      serviceAccount: z.string(),
      audiences: z.array(z.string()).optional(),
      tokenExpirationSeconds: z.int().min(600).optional(),
    }),
  }),
});

const vaultConnection = z.strictObject({
  apiVersion: z.literal('secrets.hashicorp.com/v1beta1'),
  kind: z.literal('VaultConnection'),
  metadata,
  spec: z.strictObject({
    address: z.url(),
    caCertSecretRef: z.string().optional(),
    headers: labels.optional(),
    skipTLSVerify: z.boolean().optional(),
    timeout: duration.optional(),
    tlsServerName: z.string().optional(),
  }),
});

export type VaultStaticSecret = z.infer<typeof vaultStaticSecret>;

/** By apiVersion and kind. */
export const vaultSchemas: Readonly<Record<string, z.ZodType>> = {
  'secrets.hashicorp.com/v1beta1 VaultStaticSecret': vaultStaticSecret,
  'secrets.hashicorp.com/v1beta1 VaultAuth': vaultAuth,
  'secrets.hashicorp.com/v1beta1 VaultConnection': vaultConnection,
};
