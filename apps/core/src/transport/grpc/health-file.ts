// The descriptor of grpc.health.v1, for reflection: clients such as grpcurl call only what is described. Written out, because
// the one that proto-loader makes has names of types that stock clients cannot resolve.
import { create } from '@bufbuild/protobuf';
import type { FileDescriptorProto } from '@bufbuild/protobuf/wkt';
import {
  FieldDescriptorProto_Label as Label,
  FieldDescriptorProto_Type as Type,
  FileDescriptorProtoSchema,
} from '@bufbuild/protobuf/wkt';

/** The full name of the service. */
export const healthService = 'grpc.health.v1.Health';

const response = '.grpc.health.v1.HealthCheckResponse';
const status = `${response}.ServingStatus`;
const ends = { inputType: '.grpc.health.v1.HealthCheckRequest', outputType: response };
const field = { number: 1, label: Label.OPTIONAL };

/** `grpc/health/v1/health.proto`. */
export const healthFile: FileDescriptorProto = create(FileDescriptorProtoSchema, {
  name: 'grpc/health/v1/health.proto',
  package: 'grpc.health.v1',
  syntax: 'proto3',
  messageType: [
    {
      name: 'HealthCheckRequest',
      field: [{ ...field, name: 'service', type: Type.STRING, jsonName: 'service' }],
    },
    {
      name: 'HealthCheckResponse',
      field: [{ ...field, name: 'status', type: Type.ENUM, typeName: status, jsonName: 'status' }],
      enumType: [
        {
          name: 'ServingStatus',
          value: ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN'].map((name, number) => ({
            name,
            number,
          })),
        },
      ],
    },
  ],
  service: [
    {
      name: 'Health',
      method: [
        { ...ends, name: 'Check' },
        { ...ends, name: 'Watch', serverStreaming: true },
      ],
    },
  ],
});
