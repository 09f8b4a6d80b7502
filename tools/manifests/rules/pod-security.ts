import { Fault, fault } from '../fault';
import type { Loose } from '../objects';
import type { Rule } from '../rendered';
import { Container, containersOf, PodTemplate, Workload, workloadsOf } from '../workloads';
import type { IPodSecurityContext } from 'kubernetes-models/v1/PodSecurityContext';
import type { ISecurityContext } from 'kubernetes-models/v1/SecurityContext';
import { handlerHosts } from './handler-hosts';

/*
 * The Pod Security Standard `restricted`, with all of `baseline`, as Kubernetes 1.36 checks it:
 * https://kubernetes.io/docs/concepts/security/pod-security-standards/
 */

type Report = (path: string, message: string) => void;
type AnySecurityContext = Loose<IPodSecurityContext> & Loose<ISecurityContext>;

const VOLUME_TYPES = [
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'persistentVolumeClaim',
  'projected',
  'secret',
];
const SAFE_SYSCTLS = [
  'kernel.shm_rmid_forced',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.ip_local_reserved_ports',
  'net.ipv4.ip_unprivileged_port_start',
  'net.ipv4.ping_group_range',
  'net.ipv4.tcp_fin_timeout',
  'net.ipv4.tcp_keepalive_intvl',
  'net.ipv4.tcp_keepalive_probes',
  'net.ipv4.tcp_keepalive_time',
  'net.ipv4.tcp_rmem',
  'net.ipv4.tcp_syncookies',
  'net.ipv4.tcp_wmem',
];
const SELINUX_TYPES = ['', 'container_t', 'container_init_t', 'container_kvm_t', 'container_engine_t'];
const PROFILES = ['RuntimeDefault', 'Localhost'];

/** Every pod passes the standard that the namespaces enforce; one that does not is never created. */
export const podSecurity: Rule = ({ objects }) => workloadsOf(objects).flatMap(judge);

function judge(workload: Workload): Fault[] {
  const faults: Fault[] = [];
  const report: Report = (path, message) =>
    faults.push(fault(workload.object, path, `${message} (pod security: restricted)`));
  const { spec, metadata } = workload.template;
  const path = `${workload.path}.spec`;
  judgePod(workload.template, path, report);
  judgeContext(spec?.securityContext ?? {}, `${path}.securityContext`, report);
  judgeAppArmorAnnotations(metadata?.annotations ?? {}, `${workload.path}.metadata.annotations`, report);
  for (const { container, path: place } of containersOf(workload)) {
    judgeContext(container.securityContext ?? {}, `${place}.securityContext`, report);
    judgeContainer(container, workload.template, place, report);
  }
  return faults;
}

function judgePod({ spec }: PodTemplate, path: string, report: Report): void {
  for (const field of ['hostNetwork', 'hostPID', 'hostIPC'] as const)
    if (spec?.[field]) report(`${path}.${field}`, 'must not be true');
  (spec?.volumes ?? []).forEach((volume, index) => {
    for (const type of Object.keys(volume).filter((key) => key !== 'name'))
      if (!VOLUME_TYPES.includes(type))
        report(
          `${path}.volumes[${index}]`,
          `a ${type} volume is not allowed: use one of ${VOLUME_TYPES.join(', ')}`,
        );
  });
  (spec?.securityContext?.sysctls ?? []).forEach(({ name = '' }, index) => {
    if (!SAFE_SYSCTLS.includes(name))
      report(`${path}.securityContext.sysctls[${index}]`, `the sysctl ${name} is not allowed`);
  });
}

/** What pods and containers have alike. */
function judgeContext(context: AnySecurityContext, path: string, report: Report): void {
  if (context.windowsOptions?.hostProcess) report(`${path}.windowsOptions.hostProcess`, 'must not be true');
  if (context.runAsNonRoot === false) report(`${path}.runAsNonRoot`, 'must be true');
  if (context.runAsUser === 0) report(`${path}.runAsUser`, 'must not be 0, which is root');
  const { type = '', user = '', role = '' } = context.seLinuxOptions ?? {};
  if (!SELINUX_TYPES.includes(type)) report(`${path}.seLinuxOptions.type`, `${type} is not allowed`);
  if (user !== '' || role !== '') report(`${path}.seLinuxOptions`, 'must set neither user nor role');
  for (const profile of ['seccompProfile', 'appArmorProfile'] as const) {
    const given = context[profile];
    if (given && !PROFILES.includes(given.type ?? ''))
      report(`${path}.${profile}.type`, `must be ${PROFILES.join(' or ')}`);
  }
}

function judgeAppArmorAnnotations(annotations: object, path: string, report: Report): void {
  for (const [key, value] of Object.entries(annotations) as [string, string][]) {
    const allowed = value === 'runtime/default' || value.startsWith('localhost/');
    if (key.startsWith('container.apparmor.security.beta.kubernetes.io/') && !allowed)
      report(`${path}[${key}]`, 'must be runtime/default or localhost/<profile>');
  }
}

function judgeContainer(container: Container, { spec }: PodTemplate, path: string, report: Report): void {
  const own = container.securityContext ?? {};
  const place = `${path}.securityContext`;
  if (own.privileged) report(`${place}.privileged`, 'must not be true');
  if (own.allowPrivilegeEscalation !== false) report(`${place}.allowPrivilegeEscalation`, 'must be false');
  if ((own.procMount ?? 'Default') !== 'Default') report(`${place}.procMount`, 'must be Default');
  if (own.runAsNonRoot === undefined && spec?.securityContext?.runAsNonRoot !== true)
    report(`${place}.runAsNonRoot`, 'must be true, here or for the pod');
  if (!own.seccompProfile && !spec?.securityContext?.seccompProfile)
    report(`${place}.seccompProfile.type`, `must be ${PROFILES.join(' or ')}, here or for the pod`);
  if (!own.capabilities?.drop?.includes('ALL')) report(`${place}.capabilities.drop`, 'must hold ALL');
  for (const capability of own.capabilities?.add ?? [])
    if (capability !== 'NET_BIND_SERVICE')
      report(`${place}.capabilities.add`, `${capability} is not allowed: only NET_BIND_SERVICE is`);
  (container.ports ?? []).forEach(({ hostPort }, index) => {
    if (hostPort) report(`${path}.ports[${index}].hostPort`, 'must not be set');
  });
  for (const host of handlerHosts(container)) report(`${path}.${host}`, 'must not be set: it is the pod');
}
