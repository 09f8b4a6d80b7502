import { Documented } from '@kubernest/http';
import type { AccountView, Registration } from '@kubernest/sessions';
import { AccountsService, registrationSchema } from '@kubernest/sessions';
import { Body, Controller, HttpCode, HttpStatus, Post } from '@nestjs/common';
import { accountAnswer } from './answers';

@Controller('v1/accounts')
export class AccountsController {
  constructor(private readonly accounts: AccountsService) {}

  @Post()
  @HttpCode(HttpStatus.CREATED)
  @Documented({ summary: 'Register', responses: { 201: accountAnswer }, problems: [400, 409, 413, 415, 503] })
  register(@Body({ schema: registrationSchema }) registration: Registration): Promise<AccountView> {
    return this.accounts.register(registration);
  }
}
