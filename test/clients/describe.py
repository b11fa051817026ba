"""
DescribeInstances with boto3, for ec2-python.test.ts: endpoint, region and credentials come from the environment. Reads a
list of inputs as JSON from stdin, writes for each the reservations of all pages, or the error.
"""

import json
import os
import sys

import boto3
from botocore.exceptions import ClientError

# Debian 12's boto3 does not read the endpoint from the environment.
ec2 = boto3.client("ec2", endpoint_url=os.environ["AWS_ENDPOINT_URL_EC2"])


def described(params):
    try:
        pages = ec2.get_paginator("describe_instances").paginate(**params)
        return [one for page in pages for one in page["Reservations"]]
    except ClientError as error:
        return {"code": error.response["Error"]["Code"], "message": error.response["Error"]["Message"]}


json.dump([described(params) for params in json.load(sys.stdin)], sys.stdout, default=str)
