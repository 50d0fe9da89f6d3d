import json

import pytest


def test_secrets_and_their_versions(server, name):
    secrets = server.client("secretsmanager")
    arn = secrets.create_secret(Name=name, SecretString="one")["ARN"]
    secrets.put_secret_value(SecretId=name, SecretString="two")
    assert secrets.get_secret_value(SecretId=arn)["SecretString"] == "two"
    assert secrets.get_secret_value(SecretId=name, VersionStage="AWSPREVIOUS")["SecretString"] == "one"
    secrets.create_secret(Name=name + "-binary", SecretBinary=b"\x00\xff")
    assert secrets.get_secret_value(SecretId=name + "-binary")["SecretBinary"] == b"\x00\xff"
    with pytest.raises(secrets.exceptions.ResourceNotFoundException):
        secrets.get_secret_value(SecretId=name + "-none")


def test_secure_strings_and_keys(server, name):
    ssm, kms = server.client("ssm"), server.client("kms")
    ssm.put_parameter(Name="/" + name, Type="SecureString", Value="hidden")
    assert ssm.get_parameter(Name="/" + name)["Parameter"]["Value"] != "hidden"
    assert ssm.get_parameter(Name="/" + name, WithDecryption=True)["Parameter"]["Value"] == "hidden"
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    blob = kms.encrypt(KeyId=key, Plaintext=b"text")["CiphertextBlob"]
    assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"text"


def test_nothing_of_a_secret_lies_in_the_data_folder(own_server, name):
    own_server.start()
    own_server.client("secretsmanager").create_secret(Name=name, SecretString="in-the-clear-9f3c")
    own_server.client("ssm").put_parameter(Name=name, Type="SecureString", Value="in-the-clear-9f3c")
    own_server.kill()
    own_server.start()
    assert own_server.client("secretsmanager").get_secret_value(SecretId=name)["SecretString"] == "in-the-clear-9f3c"
    assert any(path.name == "sealing.key" and path.stat().st_mode & 0o777 == 0o600 for path in own_server.paths())
    assert not own_server.files_with("in-the-clear-9f3c")


def test_a_stack_makes_a_secret(server, name):
    template = {"Resources": {"Secret": {"Type": "AWS::SecretsManager::Secret", "Properties": {
        "Name": name, "GenerateSecretString": {"SecretStringTemplate": '{"username": "admin"}',
                                               "GenerateStringKey": "password", "PasswordLength": 20}}}}}
    cloudformation = server.client("cloudformation")
    cloudformation.create_stack(StackName=name, TemplateBody=json.dumps(template))
    cloudformation.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig={"Delay": 1})
    value = json.loads(server.client("secretsmanager").get_secret_value(SecretId=name)["SecretString"])
    assert value["username"] == "admin" and len(value["password"]) == 20


def test_a_stack_reads_secrets_where_they_are_named(server, name):
    server.client("secretsmanager").create_secret(Name=name, SecretString='{"user": "admin"}')
    server.client("ssm").put_parameter(Name=name, Type="SecureString", Value="hidden")
    template = {"Resources": {"Parameter": {"Type": "AWS::SSM::Parameter", "Properties": {
        "Name": name + "-out", "Type": "String",
        "Value": "{{resolve:secretsmanager:%s:SecretString:user}}/{{resolve:ssm-secure:%s}}" % (name, name)}}}}
    cloudformation = server.client("cloudformation")
    cloudformation.create_stack(StackName=name, TemplateBody=json.dumps(template))
    cloudformation.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig={"Delay": 1})
    assert server.client("ssm").get_parameter(Name=name + "-out")["Parameter"]["Value"] == "admin/hidden"
