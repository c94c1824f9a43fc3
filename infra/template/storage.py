"""Tables, queues, the bucket, signing keys and secrets: what outlives a deployment."""

from chalicelib.core.kms import STAGE_TAG
from chalicelib.core.queues import MAX_RECEIVE_COUNT, RETENTION_SECONDS, Queue
from infra.template.chalice_template import secret_variables
from infra.template.stage import KEEP, Resource, Resources, Stage, arn, expiries, logical, queues, sub, tables

BUCKET = "MetadataBucket"
ARE_PROTECTED = "AreTablesProtected"
BUCKET_NAME = "metadata-${AWS::AccountId}-${AWS::Region}"


def table_resources(stage: Stage) -> Resources:
    """The tables, which can be restored to any second of the last 35 days and are not deleted by accident."""
    expiry = expiries()
    return {logical(name, "table"): _table(stage, name, made, expiry.get(name)) for name, made in tables().items()}


def _table(stage: Stage, name: str, definition: Resource, expiry: str | None) -> Resource:
    properties = {
        **definition,
        "TableName": stage.prefix + name,
        "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
        # Not from the first moment: a creation that fails must be able to delete its tables.
        "DeletionProtectionEnabled": {"Fn::If": [ARE_PROTECTED, True, False]},
    }
    if expiry is not None:
        properties["TimeToLiveSpecification"] = {"AttributeName": expiry, "Enabled": True}
    return {"Type": "AWS::DynamoDB::Table", **KEEP, "Properties": properties}


def queue_resources(stage: Stage) -> Resources:
    """Each queue with its dead-letter queue."""
    made: Resources = {}
    for queue in queues():
        dead = logical(queue.name, "dead-queue")
        made[dead] = _queue(queue, stage.prefix + f"{queue.name}-dead", {})
        redrive = {"deadLetterTargetArn": arn(dead), "maxReceiveCount": MAX_RECEIVE_COUNT}
        own = {"VisibilityTimeout": queue.visibility_seconds, "RedrivePolicy": redrive}
        made[logical(queue.name, "queue")] = _queue(queue, stage.prefix + queue.name, own)
    return made


def _queue(queue: Queue, name: str, own: Resource) -> Resource:
    kind = {"FifoQueue": True} if queue.fifo else {}
    properties = {
        "QueueName": f"{name}.fifo" if queue.fifo else name,
        **kind,
        "MessageRetentionPeriod": RETENTION_SECONDS,
        "SqsManagedSseEnabled": True,
        **own,
    }
    return {"Type": "AWS::SQS::Queue", **KEEP, "Properties": properties}


def bucket_resources(stage: Stage) -> Resources:
    """The bucket of metadata documents: private, encrypted, over TLS alone. The app serves what is in it."""
    name = sub(stage.prefix + BUCKET_NAME)
    only_tls = {
        "Sid": "OnlyTls",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [arn(BUCKET), sub(f"${{{BUCKET}.Arn}}/*")],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    encryption = {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    return {
        BUCKET: {
            "Type": "AWS::S3::Bucket",
            **KEEP,
            "Properties": {
                "BucketName": name,
                "BucketEncryption": {"ServerSideEncryptionConfiguration": [encryption]},
                "PublicAccessBlockConfiguration": {
                    "BlockPublicAcls": True,
                    "BlockPublicPolicy": True,
                    "IgnorePublicAcls": True,
                    "RestrictPublicBuckets": True,
                },
                "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
                "VersioningConfiguration": {"Status": "Enabled"},
            },
        },
        f"{BUCKET}Policy": {
            "Type": "AWS::S3::BucketPolicy",
            "Properties": {
                "Bucket": {"Ref": BUCKET},
                "PolicyDocument": {"Version": "2012-10-17", "Statement": [only_tls]},
            },
        },
    }


# The two that are rotated in turn, by the names that the OAuth feature gives them.
TOKEN_KEYS = ("tokens-a", "tokens-b")
TOKEN_SPEC, SIGNER_SPEC = "ECC_NIST_P256", "ECC_SECG_P256K1"


def key_resources(stage: Stage) -> Resources:
    """Every key, which never leaves KMS, under the alias by which the functions name it."""
    made: Resources = {}
    for chain in stage.chains:
        made |= _key(stage, f"signer-{chain}", f"Signs transactions of the chain {chain}", spec=SIGNER_SPEC)
    for slot in TOKEN_KEYS:
        made |= _key(stage, slot, "Signs access tokens", spec=TOKEN_SPEC)
    return made | _key(stage, "secrets", "Secrets of partners")


def _key(stage: Stage, name: str, description: str, *, spec: str | None = None) -> Resources:
    key = logical(name, "key")
    kind: Resource = {"EnableKeyRotation": True} if spec is None else {"KeySpec": spec, "KeyUsage": "SIGN_VERIFY"}
    properties = {
        "Description": description,
        **kind,
        "PendingWindowInDays": 30,
        "Tags": [{"Key": STAGE_TAG, "Value": stage.name}],
        "KeyPolicy": {"Version": "2012-10-17", "Statement": [_ACCOUNT_DECIDES]},
    }
    alias = {"AliasName": f"alias/{stage.prefix}{name}", "TargetKeyId": {"Ref": key}}
    return {
        key: {"Type": "AWS::KMS::Key", **KEEP, "Properties": properties},
        f"{key}Alias": {"Type": "AWS::KMS::Alias", "Properties": alias},
    }


_ACCOUNT_DECIDES = {
    "Sid": "RolesOfThisAccount",
    "Effect": "Allow",
    "Principal": {"AWS": sub("arn:${AWS::Partition}:iam::${AWS::AccountId}:root")},
    "Action": "kms:*",
    "Resource": "*",
}


def secret_resources(stage: Stage) -> Resources:
    """One secret for each setting that names one; CloudFormation makes up its first value and never changes it."""
    return {
        secret_id(name): {
            "Type": "AWS::SecretsManager::Secret",
            **KEEP,
            "Properties": {
                "Name": stage.prefix + name,
                "Description": "Read again by every function within a minute of a change",
                "GenerateSecretString": {"PasswordLength": 48, "ExcludePunctuation": True},
            },
        }
        for name in secret_variables().values()
    }


def secret_id(name: str) -> str:
    """The logical id of a secret."""
    return logical(name, "secret")
