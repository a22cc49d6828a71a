//! The people of the sample organization. All are made up.

use crate::Error;
use domain::{MemberId, OrganizationId, Role, Timestamp, UserId};
use store::WriteTx;
use store::members::NewMember;
use store::users::NewUser;

/// Name and the part of the e-mail before the @.
pub(super) const PEOPLE: &[(&str, &str)] = &[
    ("Ana Müller", "ana.mueller"),
    ("Łukasz Żółkiewski", "lukasz.zolkiewski"),
    ("Nguyễn Thị Minh Anh", "minhanh.nguyen"),
    ("علي الزهراني", "ali.alzahrani"),
    ("Ελένη Παπαδοπούλου", "eleni.papadopoulou"),
    ("山田 花子", "hanako.yamada"),
    ("Åsa Lindqvist", "asa.lindqvist"),
    ("Seán Ó Briain", "sean.obriain"),
    ("李 小龍", "xiaolong.li"),
    ("Zoë van der Meer", "zoe.vandermeer"),
    ("José Ángel Ibáñez", "jose.ibanez"),
    ("Çağla Yıldırım", "cagla.yildirim"),
    ("Дарья Соколова", "darya.sokolova"),
    ("דני לוי", "dani.levi"),
    ("김 서연", "seoyeon.kim"),
    ("Trần Văn Đức", "duc.tran"),
    ("Øystein Håkonsen", "oystein.hakonsen"),
    ("Gæð Þorvaldsdóttir", "gaed.thorvaldsdottir"),
    ("प्रिया शर्मा", "priya.sharma"),
    ("Chloé D'Almeida-Prévost", "chloe.dalmeida"),
    ("Małgorzata Wiśniewska", "malgorzata.wisniewska"),
    ("فاطمة بن يوسف", "fatima.benyoussef"),
    ("สมชาย ใจดี", "somchai.jaidee"),
    ("Jürgen Großmann", "juergen.grossmann"),
    ("Nkechi Okonkwo-Adeyemi", "nkechi.okonkwo"),
    ("Γιώργος Αντωνίου", "giorgos.antoniou"),
    ("佐藤 健一", "kenichi.sato"),
    ("Ștefan Ionescu", "stefan.ionescu"),
    ("Phạm Quỳnh Chi", "quynhchi.pham"),
    ("Søren Kjærgaard", "soren.kjaergaard"),
    ("María José Peñalver", "mariajose.penalver"),
    ("Tomáš Dvořáček", "tomas.dvoracek"),
    ("عمر حداد", "omar.haddad"),
    ("Aoife Ní Mhurchú", "aoife.nimhurchu"),
    ("王 美玲", "meiling.wang"),
    ("Krzysztof Brzęczyszczykiewicz", "krzysztof.b"),
    ("Nia Llywelyn", "nia.llywelyn"),
    ("Ivana Đorđević", "ivana.djordjevic"),
    ("Олександр Шевчук", "oleksandr.shevchuk"),
    ("박 지훈", "jihoon.park"),
    ("Lê Hoàng Long", "long.le"),
    ("Émilie Bergeron", "emilie.bergeron"),
    ("Katarína Hudáková", "katarina.hudakova"),
    ("నందిని రావు", "nandini.rao"),
    ("Bjørn Aasland", "bjorn.aasland"),
    ("Κωνσταντίνος Δημητρίου", "konstantinos.dimitriou"),
    ("نور الشامي", "nour.alshami"),
    ("Luís Gonçalves", "luis.goncalves"),
    ("Weronika Gąsienica", "weronika.gasienica"),
    ("鈴木 さくら", "sakura.suzuki"),
    ("Mateo Quispe Mamani", "mateo.quispe"),
    ("Zsófia Szűcs", "zsofia.szucs"),
    ("Đặng Bảo Ngọc", "baongoc.dang"),
    ("Oluwaseun Bello", "oluwaseun.bello"),
    ("Élodie Lefèvre", "elodie.lefevre"),
    ("Mehmet Şahin", "mehmet.sahin"),
    ("陳 志明", "chiming.chan"),
    ("Agnieszka Ćwiklińska", "agnieszka.cwiklinska"),
    ("Χρήστος Βασιλείου", "christos.vasileiou"),
    ("סיון כהן", "sivan.cohen"),
    ("Freja Sjöström", "freja.sjostrom"),
    ("محمد‌رضا کریمی", "mohammadreza.karimi"),
    ("Huỳnh Gia Hân", "giahan.huynh"),
    ("Rosa-María Núñez", "rosamaria.nunez"),
    ("Paweł Jędrzejczak", "pawel.jedrzejczak"),
    ("松本 大輔", "daisuke.matsumoto"),
    ("Inês Conceição", "ines.conceicao"),
    ("Andrzej Kołodziej", "andrzej.kolodziej"),
    ("Siobhán Mac Giolla", "siobhan.macgiolla"),
    ("Наталья Ёлкина", "natalya.yolkina"),
    ("Tiidrek Õunapuu", "tiidrek.ounapuu"),
    ("Giulia D’Angelantonio", "giulia.dangelantonio"),
    ("Vũ Khánh Linh", "khanhlinh.vu"),
    ("刘 建国", "jianguo.liu"),
    ("Ieva Žemaitytė", "ieva.zemaityte"),
    ("يوسف المنصوري", "yousef.almansoori"),
    ("Ulrike Weiß", "ulrike.weiss"),
    ("Kamalā Devī", "kamala.devi"),
    ("François Le Goff", "francois.legoff"),
    ("Δέσποινα Κυριακίδου", "despoina.kyriakidou"),
    ("Bùi Thanh Tùng", "thanhtung.bui"),
    ("Ewa Błaszczyk", "ewa.blaszczyk"),
    ("최 민준", "minjun.choi"),
    ("Ásta Jónsdóttir", "asta.jonsdottir"),
    ("Renée Östergård", "renee.ostergard"),
    ("Tatjana Müller-Božić", "tatjana.muellerbozic"),
    ("高橋 由美", "yumi.takahashi"),
    ("Wanjirũ Kamau", "wanjiru.kamau"),
    ("Gonçalo Brandão", "goncalo.brandao"),
    ("Hà Phương Thảo", "phuongthao.ha"),
    ("Jadwiga Śliwińska", "jadwiga.sliwinska"),
    ("سلمى بناني", "salma.bennani"),
    ("Nguyễn Quốc Việt", "quocviet.nguyen"),
    ("Lærke Østergaard", "laerke.ostergaard"),
    ("黃 雅婷", "yating.huang"),
    ("Vojtěch Říha", "vojtech.riha"),
    ("Ξένια Ζαχαρίου", "xenia.zachariou"),
    ("Robert O’Neill", "robert.oneill"),
    ("Dominika Wąs", "dominika.was"),
    ("Mikael Ström", "mikael.strom"),
    ("Amélie N’Diaye", "amelie.ndiaye"),
    ("Ngô Thùy Dương", "thuyduong.ngo"),
    ("Ömer Çelik", "omer.celik"),
    ("Zuzanna Kraśko", "zuzanna.krasko"),
];

/// Invited and not yet here: the part before the @, the role, and how many days ago.
pub(super) const INVITED: &[(&str, Role, i64)] = &[
    ("thabo.dlamini", Role::Member, 1),
    ("irena.novakova", Role::Member, 2),
    ("hiroshi.tanaka", Role::Member, 0),
    ("leila.haddad", Role::Auditor, 3),
    ("pedro.alvarez", Role::Member, 5),
    ("anneli.saar", Role::Member, 6),
    ("quang.do", Role::Member, 4),
    ("magda.wilk", Role::Admin, 1),
    ("noor.jansen", Role::Member, 9),
    ("tuomas.virtanen", Role::Member, 12),
    ("carmen.rivas", Role::Member, 20),
    ("dimitra.kosta", Role::Member, 41),
];

/// Invitations that were withdrawn.
pub(super) const REVOKED: &[&str] = &["old.contractor", "wrong.address"];

/// Makes an account.
pub(super) async fn person(
    tx: &WriteTx,
    name: &str,
    email: &str,
    password_hash: Option<&str>,
    at: Timestamp,
) -> Result<UserId, Error> {
    // The sample's addresses are lower case and ASCII: each is its own identity.
    let new = NewUser {
        name,
        email,
        email_identity: email,
        password_hash,
    };
    Ok(store::users::insert(tx, new, at).await?)
}

/// Makes an account a member.
#[expect(clippy::too_many_arguments, reason = "one line of a table, not an interface")]
pub(super) async fn join(
    tx: &WriteTx,
    organization: OrganizationId,
    user: UserId,
    name: &str,
    email: &str,
    role: Role,
    last_login: Option<Timestamp>,
    at: Timestamp,
) -> Result<MemberId, Error> {
    let new = NewMember {
        user,
        name,
        email,
        email_identity: email,
        role,
        last_login,
    };
    Ok(store::members::insert_active(tx, organization, new, at).await?)
}
