"""
Calls of the EC2 Instance Connect API with boto3, for boto3.test.ts: reads a list of calls as JSON from stdin, makes one
after the other, writes what came of each as JSON. Endpoint, region and credentials come from the environment.
"""

import json
import os
import sys
import urllib.error
import urllib.request

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

TARGETS = {
    "send_ssh_public_key": "AWSEC2InstanceConnectService.SendSSHPublicKey",
    "send_serial_console_ssh_public_key": "AWSEC2InstanceConnectService.SendSerialConsoleSSHPublicKey",
}


def client(credentials, attempts):
    return boto3.client(
        "ec2-instance-connect",
        endpoint_url=os.environ["AWS_ENDPOINT_URL_EC2_INSTANCE_CONNECT"],
        aws_access_key_id=credentials["accessKeyId"],
        aws_secret_access_key=credentials["secretAccessKey"],
        aws_session_token=credentials.get("sessionToken"),
        config=Config(retries={"total_max_attempts": attempts, "mode": "standard"}),
    )


def called(one, method, params):
    """The reply, or the exception that boto3 makes of it: whether its class is the one in client.exceptions, too."""
    try:
        reply = getattr(one, method)(**params)
    except ClientError as error:
        name = error.response["Error"]["Code"]
        modelled = getattr(one.exceptions, name, None) if hasattr(one.exceptions, name) else None
        metadata = error.response["ResponseMetadata"]
        return {
            "name": name,
            "modelled": modelled is not None and isinstance(error, modelled),
            "message": error.response["Error"]["Message"],
            "status": metadata["HTTPStatusCode"],
            "requestId": metadata.get("RequestId"),
        }
    metadata = reply.pop("ResponseMetadata")
    return {"reply": reply, "requestId": metadata["RequestId"], "retries": metadata["RetryAttempts"]}


def presigned(one, method, params):
    """What comes of a URL made by generate_presigned_url, sent by Python itself with the headers that were signed."""
    url = one.generate_presigned_url(method, Params=params, ExpiresIn=60)
    headers = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": TARGETS[method]}
    request = urllib.request.Request(url, data=b"", headers=headers, method="POST")
    try:
        with urllib.request.urlopen(request) as response:
            return {"reply": json.load(response), "requestId": response.headers["x-amzn-RequestId"]}
    except urllib.error.HTTPError as error:
        return {"name": json.load(error)["__type"], "status": error.code}


def main():
    results = []
    for call in json.load(sys.stdin):
        one = client(call["credentials"], call.get("attempts", 1))
        make = presigned if call.get("presigned") else called
        results.append(make(one, call["method"], call["params"]))
    json.dump(results, sys.stdout)


main()
