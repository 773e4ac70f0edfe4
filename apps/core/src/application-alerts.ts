// The part of the seam inside the core that is about alerts. Types only.
import type { Result } from '@org/contract';
import type {
  AcknowledgeAlertRequest,
  AlertSilence,
  AlertStatus,
  EndSilenceResponse,
  ListAlertChannelsResponse,
  ListAlertsResponse,
  ListSilencesResponse,
  SilenceAlertRequest,
  TestAlertRequest,
  TestAlertResponse,
} from '@org/contract/gen/flags/v1/alert_service';
import type { EnvironmentGrant, PageRequest } from './application.ts';

/** What the domain offers about alerts. Every promise resolves; expected failures are faults. */
export interface AlertUseCases {
  list(
    grant: EnvironmentGrant,
    page: PageRequest & { readonly firingOnly: boolean },
  ): Promise<Result<ListAlertsResponse>>;
  get(grant: EnvironmentGrant, key: string): Promise<Result<AlertStatus>>;
  silence(grant: EnvironmentGrant, request: SilenceAlertRequest): Promise<Result<AlertSilence>>;
  endSilence(grant: EnvironmentGrant, id: string): Promise<Result<EndSilenceResponse>>;
  silences(grant: EnvironmentGrant): Promise<Result<ListSilencesResponse>>;
  acknowledge(grant: EnvironmentGrant, request: AcknowledgeAlertRequest): Promise<Result<AlertStatus>>;
  test(grant: EnvironmentGrant, request: TestAlertRequest): Promise<Result<TestAlertResponse>>;
  channels(grant: EnvironmentGrant): Promise<Result<ListAlertChannelsResponse>>;
}
