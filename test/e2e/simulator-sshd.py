"""
A client like `mssh`, for simulator-sshd.test.ts: looks the instance up, makes a key, pushes it for the instance's zone, and
logs in at the public name. Arguments: the user, and a folder for the key. The ssh client's settings come from `up --sshd`.
"""

import os
import subprocess
import sys

import boto3

user, folder = sys.argv[1:]
instance_id = os.environ["EIC_SIMULATOR_INSTANCE_ID"]
endpoint = {"endpoint_url": os.environ["AWS_ENDPOINT_URL_EC2"]}

answer = boto3.client("ec2", **endpoint).describe_instances(InstanceIds=[instance_id])
instance = answer["Reservations"][0]["Instances"][0]
host = instance.get("PublicDnsName") or instance.get("PublicIpAddress") or instance["PrivateIpAddress"]

key = os.path.join(folder, "key")
subprocess.run(["ssh-keygen", "-q", "-t", "rsa", "-b", "2048", "-N", "", "-f", key], check=True)
with open(f"{key}.pub", encoding="ascii") as public:
    boto3.client("ec2-instance-connect", **endpoint).send_ssh_public_key(
        InstanceId=instance_id,
        InstanceOSUser=user,
        AvailabilityZone=instance["Placement"]["AvailabilityZone"],
        SSHPublicKey=public.read(),
    )
ssh = ["ssh", "-F", os.environ["EIC_SIMULATOR_SSH_CONFIG"], "-i", key, f"{user}@{host}", f"echo $(id -un) at {host}"]
sys.exit(subprocess.run(ssh, check=False).returncode)
