import { UnauthenticatedError, UnavailableError } from '@kubernest/errors';
import { AccountsService } from './accounts.service';
import { credentialsSchema, registrationSchema } from './inputs';
import { SignInService } from './sign-in.service';
import { PasswordHashes } from './password-hashes';
import { SessionAuthentication } from './session-authentication';
import {
  CLIENT,
  newEmail,
  nowhere,
  PASSWORD,
  Pod,
  SessionsFixture,
  signIn,
  signInAgain,
} from './testing/sessions-fixture';

let fixture: SessionsFixture;
let pod: Pod;

beforeAll(async () => {
  fixture = await SessionsFixture.start();
  pod = await fixture.pod({ SIGN_IN_LIMIT_PER_ADDRESS: '1000' });
});

afterAll(() => fixture.stop());

const fail = (email: string, password: string): Promise<Error> =>
  pod
    .get(SignInService)
    .signIn({ email, password }, CLIENT)
    .then(() => new Error('it was accepted'))
    .catch((error: unknown) => error as Error);

describe('registering', () => {
  it('gives an account that one can sign in to', async () => {
    const email = newEmail();
    const account = await pod.get(AccountsService).register({ email, password: PASSWORD });
    expect(account).toEqual({ id: expect.any(String), email, createdAt: expect.stringMatching(/Z$/) });
    await expect(signInAgain(pod, email)).resolves.toMatchObject({ session: { current: true } });
  });

  it('gives an address to exactly one of several at the same time', async () => {
    const registration = { email: newEmail(), password: PASSWORD };
    const results = await Promise.allSettled(
      Array.from({ length: 8 }, () => pod.get(AccountsService).register(registration)),
    );
    const refused = results
      .filter((result) => result.status === 'rejected')
      .map(({ reason }) => reason as Error);
    expect(refused).toHaveLength(7);
    for (const error of refused) expect(error).toMatchObject({ name: 'ConflictError', code: 'email-taken' });
  });

  it.each([
    [{ email: 'nobody', password: PASSWORD }],
    [{ email: 'a@example.org', password: 'short' }],
    [{ email: 'a@example.org', password: 'x'.repeat(257) }],
    [{ email: `${'a'.repeat(250)}@example.org`, password: PASSWORD }],
    [{ email: 'a@example.org', password: PASSWORD, admin: true }],
    [{ email: 'a@example.org' }],
  ])('refuses %j', (input) => {
    expect(registrationSchema.safeParse(input).success).toBe(false);
  });

  it('takes an address in any case and with spaces around it as the same', () => {
    const { email } = registrationSchema.parse({ email: '  Ann@Example.ORG ', password: PASSWORD });
    expect(email).toBe('ann@example.org');
    expect(credentialsSchema.parse({ email: ' ANN@example.org', password: 'x' }).email).toBe(email);
  });
});

describe('signing in', () => {
  it('gives a token that is accepted, and ends with the session', async () => {
    const { token, expiresAt, session, email } = await signIn(pod);
    const found = await pod.get(SessionAuthentication).authenticate(token);
    expect(found).toMatchObject({
      id: session.id,
      email,
      userAgent: CLIENT.userAgent,
      address: CLIENT.address,
    });
    expect(found.expiresAt).toBe(session.expiresAt);
    expect(Date.parse(expiresAt) - Date.parse(session.expiresAt)).toBe((30 - 7) * 86_400_000);
  });

  it('keeps only the beginning of a long user agent', async () => {
    const email = newEmail();
    await pod.get(AccountsService).register({ email, password: PASSWORD });
    const client = { address: '192.0.2.1', userAgent: 'x'.repeat(5_000) };
    const { session } = await pod.get(SignInService).signIn({ email, password: PASSWORD }, client);
    expect(session.userAgent).toHaveLength(512);
  });

  it('answers the same to a wrong password and to an unknown address', async () => {
    const { email } = await signIn(pod);
    const [wrong, unknown] = [await fail(email, 'wrong password'), await fail(newEmail(), PASSWORD)];
    expect(wrong).toBeInstanceOf(UnauthenticatedError);
    expect(unknown).toBeInstanceOf(UnauthenticatedError);
    expect(JSON.stringify(unknown)).toBe(JSON.stringify(wrong));
    expect(unknown.message).toBe(wrong.message);
  });

  it('does the same work for a wrong password and for an unknown address: one verification at the same cost', async () => {
    const { email } = await signIn(pod);
    const matches = jest.spyOn(pod.get(PasswordHashes), 'matches');
    await fail(email, 'wrong password');
    await fail(newEmail(), 'wrong password');
    expect(matches).toHaveBeenCalledTimes(2);
    matches.mockRestore();
  });

  it('is not possible with the password of another account', async () => {
    const { email } = await signIn(pod);
    await expect(fail(email, `${PASSWORD} `)).resolves.toBeInstanceOf(UnauthenticatedError);
  });
});

it('says so while Postgres is away', async () => {
  const away = await fixture.podWithoutWaiting({
    DATABASE_URL: await nowhere(fixture.env['DATABASE_URL'] ?? ''),
  });
  await expect(signInAgain(away, newEmail())).rejects.toBeInstanceOf(UnavailableError);
  await expect(signIn(away)).rejects.toBeInstanceOf(UnavailableError);
});

test('half a surrogate pair is no password: argon2 would take every such half for the same', () => {
  for (const schema of [registrationSchema, credentialsSchema]) {
    const passes = (password: string) => schema.safeParse({ email: newEmail(), password }).success;
    expect(passes('half a pair \ud800')).toBe(false);
    expect(passes('a whole pair \ud83d\ude00')).toBe(true);
  }
});
